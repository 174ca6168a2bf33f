-- The part of `require "nasvec"` that is written in Lua: the constructors of encoders and
-- searchers, the grid of a study and its labels; the parameters of scripts are in params.lua. It
-- is compiled into the library and called with `core`, the functions in C. core.fail (message)
-- raises an error at the line of the script that is being executed.

local core = ...

local nv = {
  version = core.version, plugins = core.plugins, space = core.space, stats = core.stats,
}

local Encoder, Searcher = {}, {}
Encoder.__index, Searcher.__index = Encoder, Searcher

local function fail (...)
  return core.fail (string.format (...))
end

-- --- checks --------------------------------------------------------------------------------

local function show (value)
  if type (value) == "string" then
    return "'" .. value:gsub ("\0", "\\0") .. "'"
  elseif type (value) == "number" or type (value) == "boolean" then
    return tostring (value)
  end
  return "a " .. (core.class (value) or type (value))
end

local function sorted_keys (t)
  local keys = {}
  for key in pairs (t) do
    keys[#keys + 1] = tostring (key)
  end
  table.sort (keys)
  return keys
end

local function known_keys (what, values, allowed)
  if type (values) ~= "table" then
    fail ("%s: a table { key = value, ... } is expected, not %s", what, show (values))
  end
  for _, key in ipairs (sorted_keys (values)) do
    if allowed[key] == nil then
      fail ("%s: unknown key '%s'; %s", what, key,
            core.suggestion (key, sorted_keys (allowed)))
    end
  end
end

local function integer (low, high)
  return {
    words = string.format ("a whole number from %d to %d", low, high),
    check = function (v) return math.type (v) == "integer" and v >= low and v <= high end,
  }
end

local function number (low, high, words)
  return {
    words = words,
    check = function (v) return type (v) == "number" and v >= low and v <= high end,
  }
end

-- C takes a byte 0 for the end.
local function is_text (v)
  return type (v) == "string" and v ~= "" and not v:find ("\0", 1, true)
end

local text = {
  words = "a string that is not empty, in UTF-8",
  check = function (v) return is_text (v) and utf8.len (v) ~= nil end,
}

-- The keys are 1, 2, ... without a hole, which a nil leaves.
local function is_list (t)
  local n = 0
  for _ in pairs (t) do
    n = n + 1
  end
  for i = 1, n do
    if t[i] == nil then
      return false
    end
  end
  return true
end

local function choice (...)
  local allowed = { ... }
  return {
    words = "'" .. table.concat (allowed, "' or '") .. "'",
    check = function (v)
      for _, word in ipairs (allowed) do
        if v == word then
          return true
        end
      end
      return false
    end,
  }
end

local anything = { words = "anything", check = function () return true end }

-- Every value of `values` is as its rule in `rules` says. A number like 1e6 that is whole counts
-- as whole. Returns a copy.
local function checked (what, values, rules)
  known_keys (what, values, rules)
  local out = {}
  for key, value in pairs (values) do
    out[key] = math.type (value) == "float" and math.tointeger (value) or value
    if not rules[key].check (out[key]) then
      fail ("%s: '%s' is %s; allowed is %s", what, key, show (value), rules[key].words)
    end
  end
  return out
end

nv.params = core.part ("params", core, { fail = fail, show = show, sorted_keys = sorted_keys,
                                         is_list = is_list })

-- --- encoders and searchers ------------------------------------------------------------------

-- Takes the keys that are nasvec's own out of the options of a plugin.
local function split (options, own)
  local rest, taken = {}, {}
  for key, value in pairs (options or {}) do
    if own[key] then
      taken[key] = value
    else
      rest[key] = value
    end
  end
  return rest, taken
end

local function new (class, check, what, name, options, own)
  if not is_text (name) then
    fail ("nv.%s: the name of a plugin is expected, not %s", what, show (name))
  end
  if options ~= nil and type (options) ~= "table" then
    fail ("nv.%s: options { key = value, ... } are expected, not %s", what, show (options))
  end
  local rest, taken = split (options, own)
  taken = checked (what .. " " .. name, taken, own)
  check (name, rest)
  return setmetatable ({ name = name, options = rest, label = taken.label, joint = taken.joint },
                       class)
end

local yes_or_no = {
  words = "true or false",
  check = function (v) return type (v) == "boolean" end,
}

function nv.encoder (name, options)
  return new (Encoder, core.check_encoder, "encoder", name, options,
              { joint = yes_or_no, label = text })
end

function nv.searcher (name, options)
  return new (Searcher, core.check_searcher, "searcher", name, options, { label = text })
end

local function is_benchmark (v) return core.class (v) == "nasvec.benchmark" end

-- A space stands for all of its cells.
local function to_cells (where)
  local cells = core.class (where) == "nasvec.space" and where:cells () or where
  if core.class (cells) ~= "nasvec.cells" or #cells == 0 then
    fail ("%s is not allowed; a space or a set of its cells (space:cells (), space:sample (n)) "
          .. "is", show (where))
  end
  return cells
end

local a_benchmark = { words = "a space:benchmark", check = is_benchmark }
local loading = {
  seed = integer (0, math.maxinteger), held_out = number (0, 0.99, "a number from 0 to 0.99"),
}
local fitting = { seed = loading.seed, held_out = loading.held_out, benchmark = a_benchmark,
                  labels = integer (2, 100000) }

local function opened (self, space, options, what, keys)
  options = checked ("encoder " .. self.name .. ": " .. what, options or {}, keys)
  local cells = to_cells (space)
  return core.encoder (self.name, self.options, cells.space, options.seed or 0), cells,
         options.held_out or 0.1, options
end

local function instance (self)
  return self.instance or fail ("encoder %s: fit () or load () it first", self.name)
end

-- Pre-trains on the cells, or finds what an earlier call left in the cache; with a benchmark, then
-- trains on the scores of `labels` cells.
function Encoder:fit (space, options)
  local encoder, cells, held_out, o = opened (self, space, options, "fit", fitting)
  if o.labels and not o.benchmark then
    fail ("encoder %s: fit: labels need a benchmark", self.name)
  end
  self.cached = encoder:prepare (cells, held_out)
  if o.benchmark then
    encoder:train (cells, o.benchmark, o.labels or 200, o.seed or 0)
  end
  self.instance = encoder
  return self
end

local function check_file (self, what, file)
  if not is_text (file) then
    fail ("encoder %s: %s: a file name that is not empty is expected, not %s", self.name,
          what, show (file))
  end
end

-- Takes the weights from a file that save () wrote, in place of fit ().
function Encoder:load (file, space, options)
  check_file (self, "load", file)
  local encoder, cells, held_out = opened (self, space, options, "load", loading)
  encoder:load (file, cells, held_out)
  self.instance = encoder
  return self
end

function Encoder:save (file)
  check_file (self, "save", file)
  instance (self):save (file)
  return self
end

-- One that has nothing to learn needs no fit (): it is opened for the cells at hand.
local function embedder (self, cells)
  local encoder = self.instance or core.encoder (self.name, self.options, cells.space, 0)
  return (self.instance or not encoder.learns) and encoder or instance (self)
end

-- A list of vectors; with a file, written there as .npy instead.
function Encoder:embed (space, file)
  local cells = to_cells (space)
  local encoder = embedder (self, cells)
  if file == nil then
    return encoder:embed (cells)
  end
  check_file (self, "embed", file)
  encoder:write (cells, file)
  return self
end

-- Every item of the list is as `rule` says; one item that is no list counts as one.
local function list_of (rule)
  return {
    words = rule.words .. ", or a list of them",
    check = function (v)
      for _, item in ipairs (type (v) == "table" and v or { v }) do
        if not rule.check (item) then
          return false
        end
      end
      return type (v) ~= "table" or (#v > 0 and is_list (v))
    end,
  }
end

local kinds_of_measures = { reconstruction = true, validity = true, prediction = true,
                            smoothness = true, coverage = true, interpolation = true }

local measures = {
  what = list_of {
    words = "'" .. table.concat (sorted_keys (kinds_of_measures), "', '") .. "'",
    check = function (v) return kinds_of_measures[v] ~= nil end,
  },
  cells = { words = "a set of cells that is not empty",
            check = function (v) return core.class (v) == "nasvec.cells" and #v > 0 end },
  benchmark = a_benchmark,
  seed = integer (0, math.maxinteger),
  draws = integer (0, 100000000),
  labels = list_of (integer (2, 100000)), repeats = integer (10, 100000),
  sample = integer (2, 100000000),
  walks = integer (2, 1000000),
  points = integer (0, 10000000),
  pairs = integer (1, 10000000), steps = integer (2, 100000),
}

-- What the embedding is worth. Reconstruction is of `cells` (default: those that fit () held out).
function Encoder:measure (options)
  options = checked ("encoder " .. self.name .. ": measure", options or {}, measures)
  local what = options.what or (options.benchmark and { "reconstruction", "validity", "prediction" }
                                or { "reconstruction", "validity" })
  local set = {}
  for _, kind in ipairs (type (what) == "table" and what or { what }) do
    set[kind] = true
  end
  if set.prediction and not options.benchmark then
    fail ("encoder %s: measure: prediction needs a benchmark", self.name)
  end
  if set.prediction and instance (self).taught then
    fail ("encoder %s: measure: its weights are from a file and were trained on labels, which "
          .. "prediction would be tested on; fit () it with the benchmark instead", self.name)
  end
  options.what = set
  options.labels = type (options.labels) == "number" and { options.labels } or options.labels
                   or { 50, 100, 200 }
  for key, default in pairs { draws = 10000, seed = 1, repeats = 10, sample = 20000, walks = 100,
                              points = 2000, pairs = 100, steps = 11 } do
    options[key] = options[key] or default
  end
  return instance (self):measure (options)
end

-- --- studies -----------------------------------------------------------------------------------

-- One object or a list of them, of a class that `is` knows.
local function listed (key, value, is, words)
  local list = (type (value) == "table" and not is (value)) and value or { value }
  if not is_list (list) then
    fail ("study: '%s' is a table with a nil between its items, or with a key; allowed is %s or a "
          .. "list of them", key, words)
  end
  for _, item in ipairs (list) do
    if not is (item) then
      fail ("study: '%s' is or has %s; allowed is %s or a list of them", key, show (item), words)
    end
  end
  if #list == 0 then
    fail ("study: '%s' is empty; allowed is %s or a list of them", key, words)
  end
  return list
end

local function show_option (value)
  return math.type (value) == "float" and string.format ("%.6g", value) or tostring (value)
end

-- The options in which those of one name differ, as "dim=8 joint".
local function differences (spec, group)
  local words, keys = {}, {}
  for _, other in ipairs (group) do
    for key in pairs (other.options) do
      keys[key] = true
    end
  end
  for _, key in ipairs (sorted_keys (keys)) do
    for _, other in ipairs (group) do
      if other.options[key] ~= spec.options[key] and spec.options[key] ~= nil then
        words[#words + 1] = key .. "=" .. show_option (spec.options[key])
        break
      end
    end
  end
  for _, other in ipairs (group) do
    if other.joint ~= spec.joint and spec.joint ~= nil then
      words[#words + 1] = spec.joint and "joint" or "frozen"
      break
    end
  end
  return table.concat (words, " ")
end

-- A label for each encoder or searcher of a list: its own, else its name and what sets it apart.
local function labels (list)
  local groups, out = {}, {}
  for _, spec in ipairs (list) do
    groups[spec.name] = groups[spec.name] or {}
    table.insert (groups[spec.name], spec)
  end
  for i, spec in ipairs (list) do
    local more = differences (spec, groups[spec.name])
    out[i] = spec.label or (more == "" and spec.name or spec.name .. " " .. more)
  end
  return out
end

local function arm_of (benchmark, encoder, searcher, label)
  return {
    label = label, benchmark = benchmark,
    encoder = encoder.name, encoder_options = encoder.options,
    joint = encoder.joint == nil and -1 or (encoder.joint and 1 or 0),
    searcher = searcher.name, searcher_options = searcher.options,
  }
end

-- The grid, and the set of names that a baseline can be called by.
local function make_arms (benchmarks, encoders, searchers)
  local encoder_labels, searcher_labels = labels (encoders), labels (searchers)
  local arms, seen, names = {}, {}, {}
  for _, benchmark in ipairs (benchmarks) do
    for e, encoder in ipairs (encoders) do
      for s, searcher in ipairs (searchers) do
        local method = encoder_labels[e] .. " + " .. searcher_labels[s]
        local label = #benchmarks > 1 and method .. ", " .. benchmark.name or method
        if seen[label] then
          fail ("study: two arms would be called '%s'; give one of them a label", label)
        end
        seen[label] = true
        names[label], names[method], names[searcher.name] = true, true, true
        arms[#arms + 1] = arm_of (benchmark, encoder, searcher, label)
      end
    end
  end
  return arms, names
end

local function is_encoder (v) return getmetatable (v) == Encoder end
local function is_searcher (v) return getmetatable (v) == Searcher end

local study_keys = {
  name = text, store = text, baseline = text,
  benchmark = anything, encoder = anything, searcher = anything, budget = anything,
  seed = integer (0, math.maxinteger), seeds = integer (1, 1000000),
  first_seed = integer (0, 999999), encoder_seeds = integer (1, 1000),
  workers = integer (0, 1024), pool = integer (1, 100000000),
  pretrain = choice ("pool", "space"), held_out = number (0, 0.99, "a number from 0 to 0.99"),
}

local budget_keys = {
  cells = integer (1, 1000000000),
  seconds = number (1e-9, 1e18, "a number from 1e-9 to 1e18"),
}

-- "does it help?" -> "does-it-help.db"
local function store_of (name)
  local stem = name:gsub ("[^%w_.-]+", "-"):gsub ("^[-.]+", ""):gsub ("-+$", "")
  return (stem == "" and "study" or stem) .. ".db"
end

function nv.study (spec)
  local study = checked ("study", spec, study_keys)
  for _, key in ipairs { "name", "benchmark", "encoder", "searcher", "budget" } do
    if study[key] == nil then
      fail ("study: '%s' is missing", key)
    end
  end
  local budget = checked ("study: budget", study.budget, budget_keys)
  if next (budget) == nil then
    fail ("study: 'budget' is empty; allowed is { cells = ..., seconds = ... }, one or both")
  end
  local names
  study.cells, study.seconds = budget.cells, budget.seconds
  study.arms, names = make_arms (
    listed ("benchmark", study.benchmark, is_benchmark, "a space:benchmark"),
    listed ("encoder", study.encoder, is_encoder, "an nv.encoder"),
    listed ("searcher", study.searcher, is_searcher, "an nv.searcher"))
  if study.baseline ~= nil and not names[study.baseline] then
    fail ("study: 'baseline' is '%s', which is no arm; %s", study.baseline,
          core.suggestion (study.baseline, sorted_keys (names)))
  end
  study.store = study.store or store_of (study.name)
  return core.study (study)
end

return nv
