-- What the scripts of this folder share: parameters, options by preset, studies, tables.
local nv = require "nasvec"
local compat = require "compat"

local paper = {}

-- --- parameters ----------------------------------------------------------------------------

local common = {
  out = "folder for stores, reports and tables",
  preset = "default, or compat: the choices of the released code (compat.lua)",
  quick = "seconds, on small networks and few runs: the figures mean nothing",
  seeds = "runs per arm", first_seed = "of these; for parts of a study that `nasvec merge` joins",
  encoder_seeds = "pre-trainings of an encoder, shared by the runs",
  workers = "threads; 0: one per core", seed = "of encoders and measures",
  cells = "budget in distinct cells", seconds = "budget in simulated seconds; 0: none",
  encoders = "that are compared", searchers = "that are compared",
  draws = "codes that are drawn and decoded",
}

-- The defaults with those of `quick = true` (a table) put in their place, and the command line's
-- over both. Keys that all scripts have need no help; paper.embedding_help may have more than there
-- are.
function paper.params (defaults, help, quick)
  local all = {}
  for key, text in pairs (common) do
    all[key] = defaults[key] ~= nil and text or nil
  end
  for key, text in pairs (help) do
    if defaults[key] ~= nil or paper.embedding_help[key] == nil then
      all[key] = text
    end
  end
  all.quick, defaults.quick = common.quick, false
  local values, given = nv.params (defaults, all)
  for key, value in pairs (values.quick and quick or {}) do
    if not given[key] then
      values[key] = value
    end
  end
  if values.preset and values.preset ~= "default" and values.preset ~= "compat" then
    error ("preset=" .. values.preset .. ": allowed are default and compat", 0)
  end
  return values
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

-- An encoder for a space, with `more` over the options of the preset.
function paper.encoder (p, space, name, more)
  local choices = compat.spaces[space] or compat
  return nv.encoder (name, merged (merged (options_of (p, choices.encoder, name), more),
                                   p.quick and small[name]))
end

-- --- studies -------------------------------------------------------------------------------

local function run (p, spec, encoders, list, ending)
  local made, searchers = {}, {}
  for i, name in ipairs (encoders) do
    made[i] = paper.encoder (p, spec.space, name, spec.more and spec.more[name])
  end
  for i, name in ipairs (p.searchers) do
    searchers[i] = nv.searcher (name, options_of (p, list, name, spec.options))
  end
  local file = ("%s/%s%s-%s%s"):format (p.out, spec.file, ending, p.preset,
                                        p.quick and "-quick" or "")
  return nv.study {
    name = ("%s, %s"):format (spec.name, p.preset), benchmark = spec.benchmark,
    encoder = made, searcher = searchers, budget = spec.budget, seeds = p.seeds,
    first_seed = p.first_seed, encoder_seeds = p.encoder_seeds, workers = p.workers,
    store = file .. ".db",
  }:run ():report (file)
end

-- One study of all p.encoders and p.searchers on spec.benchmark, or, with the preset compat, a
-- second one for `supervised`, to whose searchers the released code gives other options.
-- spec: space, file (stem of store and report), name, benchmark, budget; more: options of encoders,
-- over the preset's; options: those of searchers where the preset has none. Both by name.
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

-- --- embeddings ----------------------------------------------------------------------------

paper.embedding_help = {
  space = "nasbench101 (all cells: one run observed, the mean of three the truth) or nasbench201 "
          .. "(CIFAR-10: 12 epochs observed, 200 the truth)",
  labels = "that supervised is trained on, and from which scores are predicted",
  encoders = "that are compared", out = "folder for the pictures; empty: none",
}

local function benchmark_of (p)
  local options = ({
    nasbench101 = { file = "nasbench101_full.csv.gz", dataset = "cifar10-full", epochs = 108 },
    nasbench201 = { file = "nasbench201.csv.gz", dataset = "cifar10", epochs = 12 },
  })[p.space]
  if not options then
    error ("space=" .. p.space .. ": allowed are nasbench101 and nasbench201", 0)
  end
  options.kind = "table"
  return nv.space (p.space), options
end

local function encoders_of (p)
  local list = {}
  for i, name in ipairs (p.encoders or { "vgae", "supervised", "onehot" }) do
    list[i] = paper.encoder (p, p.space, name)
  end
  return list
end

-- The encoders with e.measured, `what` of each: vgae pre-trained, supervised trained on
-- p.labels[1] labels.
function paper.embeddings (p, what)
  local space, options = benchmark_of (p)
  local bench, list = space:benchmark (options), encoders_of (p)
  for _, e in ipairs (list) do
    e:fit (space, { seed = p.seed, benchmark = e.name == "supervised" and bench or nil,
                    labels = e.name == "supervised" and p.labels[1] or nil })
    e.measured = e:measure {
      what = what, benchmark = bench, seed = p.seed, labels = p.labels,
      sample = p.quick and 500 or nil, walks = p.quick and 5 or nil,
      points = p.quick and 50 or nil, pairs = p.quick and 10 or nil,
    }
  end
  return list
end

-- With p.out: a random search with p.labels[1] cells, and the map of each encoder by it: supervised
-- is trained on these.
function paper.pictures (p)
  if p.out == "" then
    return
  end
  local space, options = benchmark_of (p)
  local study = nv.study {
    name = "pictures of embeddings", benchmark = space:benchmark (options), seed = p.seed,
    encoder = encoders_of (p), searcher = nv.searcher ("random"), seeds = 1,
    budget = { cells = p.labels[1] }, store = p.out .. "/pictures.db",
  }:run ()
  for _, arm in ipairs (study.arms) do
    study:report (("%s/%s"):format (p.out, arm:match ("^%S+")), arm)
  end
end

-- --- tables --------------------------------------------------------------------------------

-- Rows of cells, the first one the header, as Markdown on the terminal.
function paper.table (rows)
  for i, row in ipairs (rows) do
    print ("| " .. table.concat (row, " | ") .. " |")
    if i == 1 then
      print (("|---"):rep (#row) .. "|")
    end
  end
  print ()
end

function paper.percent (value)
  return value and value == value and ("%.2f"):format (100 * value) or "-"
end

return paper
