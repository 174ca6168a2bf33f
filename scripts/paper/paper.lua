-- What the scripts of this folder share: parameters, options by preset, studies, tables.
local nv = require "nasvec"
local compat = require "compat"

local paper = {}

-- --- parameters ----------------------------------------------------------------------------

local common = {
  out = "folder for stores, reports and tables",
  preset = "default, or compat: the choices of the released code (compat.lua)",
  quick = "seconds, on small networks and few runs: the figures mean nothing",
  seeds = "runs per arm", encoder_seeds = "pre-trainings of an encoder, shared by the runs",
  workers = "threads; 0: one per core", seed = "of encoders and measures",
  cells = "budget in distinct cells", seconds = "budget in simulated seconds; 0: none",
  encoders = "that are compared", searchers = "that are compared",
  draws = "codes that are drawn and decoded",
}

-- The defaults with those of `quick = true` (a table) put in their place, and the command line's
-- over both. Keys that all scripts have need no help.
function paper.params (defaults, help, quick)
  local all = {}
  for key, text in pairs (common) do
    all[key] = defaults[key] ~= nil and text or nil
  end
  for key, text in pairs (help) do
    all[key] = text
  end
  all.quick, defaults.quick = common.quick, false
  local given = nv.params (defaults, all)
  for key, value in pairs (given.quick and quick or {}) do
    if given[key] == defaults[key] then
      given[key] = value
    end
  end
  if given.preset and given.preset ~= "default" and given.preset ~= "compat" then
    error ("preset=" .. given.preset .. ": allowed are default and compat", 0)
  end
  return given
end

-- --- encoders and searchers ----------------------------------------------------------------

-- `base` with the keys of `more` over it.
local function merged (base, more)
  local out = {}
  for _, options in ipairs { base or {}, more or {} } do
    for key, value in pairs (options) do
      out[key] = value
    end
  end
  return out
end

local small = { -- of quick runs
  vgae = { hidden = 16, layers = 2, epochs = 1 }, supervised = { hidden = 16, layers = 2 },
  bo = { epochs = 5 }, gradient = { epochs = 5, members = 1 },
}

-- The options of an encoder or searcher: what the script says, the preset's, those of quick runs.
local function options_of (p, list, name, own)
  local preset = p.preset == "compat" and list[name] or own and own[name]
  return merged (preset, p.quick and small[name])
end

function paper.encoder (p, space, name, more)
  local options = options_of (p, compat.spaces[space] and compat.spaces[space].encoder or {}, name)
  return nv.encoder (name, merged (options, more))
end

-- --- studies -------------------------------------------------------------------------------

local function run (p, spec, encoders, list, ending)
  local made, searchers = {}, {}
  for i, name in ipairs (encoders) do
    made[i] = paper.encoder (p, spec.space, name)
  end
  for i, name in ipairs (p.searchers) do
    searchers[i] = nv.searcher (name, options_of (p, list, name, spec.options))
  end
  local file = ("%s/%s%s-%s%s"):format (p.out, spec.file, ending, p.preset, p.quick and "-quick" or "")
  return nv.study {
    name = ("%s, %s"):format (spec.name, p.preset), benchmark = spec.benchmark,
    encoder = made, searcher = searchers, budget = spec.budget, seeds = p.seeds,
    encoder_seeds = p.encoder_seeds, workers = p.workers, store = file .. ".db",
  }:run ():report (file)
end

-- One study of all p.encoders and p.searchers on spec.benchmark, or, with the preset compat, a
-- second one for the encoder `supervised`, to whose searchers the released code gives other options.
-- spec: space, file (stem of store and report), name, benchmark, budget, options (of searchers,
-- without the preset).
function paper.compare (p, spec)
  local choices = compat.spaces[spec.space] or compat
  local together, supervised = {}, {}
  for _, encoder in ipairs (p.encoders) do
    local apart = p.preset == "compat" and encoder == "supervised"
    table.insert (apart and supervised or together, encoder)
  end
  if #together > 0 then
    run (p, spec, together, choices.searcher, "")
  end
  if #supervised > 0 then
    run (p, spec, supervised, merged (choices.searcher, choices.supervised), "-supervised")
  end
end

function paper.budget (p)
  return { cells = p.cells > 0 and p.cells or nil, seconds = p.seconds > 0 and p.seconds or nil }
end

-- --- tables --------------------------------------------------------------------------------

-- Rows of cells, the first one the header, as Markdown on the terminal and as CSV in p.out.
function paper.table (p, name, rows)
  local file = assert (io.open (("%s/%s.csv"):format (p.out, name), "w"))
  for i, row in ipairs (rows) do
    print ("| " .. table.concat (row, " | ") .. " |")
    if i == 1 then
      print (("|---"):rep (#row) .. "|")
    end
    file:write (table.concat (row, ","), "\n")
  end
  assert (file:close ())
  print ()
end

function paper.percent (value)
  return value and value == value and ("%.2f"):format (100 * value) or "-"
end

return paper
