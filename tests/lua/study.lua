-- Studies on a Lua function: grids, labels, budgets, checks of every key.
local nv = require "nasvec"
local check = require "check"
local p = nv.params { tmp = "tmp" }
local tmp = check.folder (p.tmp)
local space = nv.space ("nasbench201")
local calls = 0

-- The share of nodes that are convolutions, so that there is something to find.
local function score (cell)
  local n = 0
  calls = calls + 1
  for _, op in ipairs (cell.ops) do
    n = n + (op == "nor_conv_3x3" and 1 or 0)
  end
  return { score = n / 6, test = n / 6 - 0.01, seconds = 10 + n, parameters = 1000 * n }
end
local bench = space:benchmark { kind = "function", fn = score, label = "convolutions" }
check.equal (bench.name, "convolutions")

local function spec (changes)
  local s = {
    name = "Does it work?", store = tmp .. "a.db", benchmark = bench,
    encoder = nv.encoder ("onehot"),
    searcher = { nv.searcher ("random"), nv.searcher ("evolution") },
    budget = { cells = 7 }, seeds = 3, workers = 2,
  }
  for key, value in pairs (changes or {}) do
    s[key] = value ~= "" and value or nil
  end
  return s
end

-- It runs, and what is there is not run again.
local study = nv.study (spec ())
check.equal (study.name, "Does it work?")
check.equal (#study.arms, 2)
check.equal (study.arms[1], "onehot + random")
check.equal (study:run (), study)
check.equal (calls, 2 * 3 * 7)
check.equal (nv.study (spec ()):run ():table ().store, tmp .. "a.db")
check.equal (calls, 2 * 3 * 7)
study:report (tmp .. "out")
check.raises ("report: no arm is called 'onehot + rl'; there are: onehot + random", study.report,
              study, tmp .. "none", "onehot + rl")
check.raises ("report: the figures of an arm's embedding need a folder", study.report, study, nil,
              "onehot + random")
check.raises ("report: the name of a folder that is not empty is expected", study.report, study, "")
assert (not check.exists (tmp .. "none"))
assert (check.exists (tmp .. "out"))

-- A later part alone; its seeds are those of the whole study.
local before = calls
nv.study (spec { store = tmp .. "part.db", first_seed = 2, seeds = 2 }):run ()
check.equal (calls, before + 2 * 2 * 7)
calls = before

-- A budget in seconds.
nv.study (spec { name = "seconds", store = tmp .. "b.db", budget = { seconds = 65.5 } }):run ()
assert (calls > 42 and calls < 42 + 6 * 7)

-- A store is named after its study.
check.equal (nv.study (spec { store = "" }).store, "Does-it-work.db")
check.equal (nv.study (spec { store = "", name = "???" }).store, "study.db")

-- Labels.
local function arms (changes)
  return table.concat (nv.study (spec (changes)).arms, "; ")
end
check.equal (arms { searcher = nv.searcher ("random") }, "onehot + random")
check.equal (arms { searcher = { nv.searcher ("random", { label = "chance" }),
                                 nv.searcher ("random") } },
             "onehot + chance; onehot + random")
check.equal (arms { searcher = { nv.searcher ("evolution", { population = 20 }),
                                 nv.searcher ("evolution", { population = 40, sample = 5 }),
                                 nv.searcher ("evolution") } },
             "onehot + evolution population=20; onehot + evolution population=40 sample=5; "
             .. "onehot + evolution")
local other = space:benchmark { kind = "function", fn = score, label = "again" }
check.equal (arms { benchmark = { bench, other }, searcher = nv.searcher ("random") },
             "onehot + random, convolutions; onehot + random, again")

-- A baseline is an arm, or a method or searcher on every benchmark.
for _, name in ipairs { "onehot + random", "random", "onehot + random, again" } do
  nv.study (spec { baseline = name, benchmark = { bench, other } })
end

-- What is wrong, each at its line.
local function wrong (words, changes)
  check.raises (words, function () nv.study (spec (changes)):run () end)
end
wrong ("unknown key 'seedz'; did you mean 'seed'?", { seedz = 3 })
wrong ("'name' is 7; allowed is a string that is not empty", { name = 7 })
wrong ("'name' is missing", { name = "" })
wrong ("'encoder' is missing", { encoder = "" })
wrong ("'budget' is missing", { budget = "" })
wrong ("'budget' is empty", { budget = {} })
wrong ("study: budget: unknown key 'cell'; did you mean 'cells'?", { budget = { cell = 7 } })
wrong ("'cells' is 0; allowed is a whole number from 1", { budget = { cells = 0 } })
wrong ("'seconds' is -2.5; allowed is a number from 1e-9 to 1e18", { budget = { seconds = -2.5 } })
wrong ("'seconds' is inf; allowed is a number from 1e-9 to 1e18", { budget = { seconds = 1 / 0 } })
wrong ("'first_seed' is -1; allowed is a whole number from 0 to", { first_seed = -1 })
wrong ("'seeds' is 2.5; allowed is a whole number from 1 to", { seeds = 2.5 })
wrong ("'workers' is -1; allowed", { workers = -1 })
wrong ("'held_out' is 1.5; allowed is a number from 0 to 0.99", { held_out = 1.5 })
wrong ("'encoder' is or has 'vgae'; allowed is an nv.encoder", { encoder = { "vgae" } })
wrong ("'searcher' is empty", { searcher = {} })
wrong ("'searcher' is a table with a nil between its items",
       { searcher = { nv.searcher ("random"), nil, nv.searcher ("evolution") } })
wrong ("'searcher' is a table with a nil between its items, or with a key",
       { searcher = { nv.searcher ("random"), extra = nv.searcher ("evolution") } })
wrong ("'name' is 'gr\xf6sse'; allowed is a string that is not empty, in UTF-8", { name = "gr\xf6sse" })
check.raises ("'label' is not UTF-8", space.benchmark, space,
              { kind = "function", fn = score, label = "gr\xf6sse" })
for _, label in ipairs { "", "a\0b" } do
  check.raises ("'label' is ", space.benchmark, space,
                { kind = "function", fn = score, label = label })
  check.raises ("'label' is '", nv.searcher, "random", { label = label })
end
wrong ("; allowed is a string that is not empty, in UTF-8", { name = "a\0b" })
check.raises ("nv.searcher: the name of a plugin is expected", nv.searcher, "random\0x")
wrong ("'searcher' is or has a table", { searcher = { nv.encoder ("onehot") } })
wrong ("two arms would be called 'onehot + random'",
       { searcher = { nv.searcher ("random"), nv.searcher ("random") } })
wrong ("'baseline' is 'onehot + randon', which is no arm; did you mean 'onehot + random'?",
       { baseline = "onehot + randon" })
check.raises ("a table { key = value, ... } is expected, not 'x'", nv.study, "x")

-- What a function may answer.
local function answers (words, answer, n)
  wrong (words, { store = ("%s%d.db"):format (tmp, n), benchmark = space:benchmark {
    kind = "function", fn = function () return answer end } })
end
answers ("it returned a nil; a number or a table", nil, 1)
answers ("it returned a string; a number or a table", "0.5", 2)
answers ("it returned score = a boolean", { score = true }, 3)
answers ("it returned a table with 'scroe'; did you mean 'score'?", { scroe = 1 }, 6)
answers ("it returned a table without a score", {}, 7)
answers ("it returned a table without a score", { seconds = 3 }, 8)
answers ("it returned seconds = -5; allowed is 0 or more", { score = 1, seconds = -5 }, 9)
answers ("it returned seconds = inf; allowed is 0 or more", { score = 1, seconds = 1 / 0 }, 11)
answers ("it returned parameters = -1; allowed is 0 or more", { score = 1, parameters = -1 }, 12)
answers ("it returned test = inf; allowed is a finite number", { score = 1, test = 1 / 0 }, 13)
answers ("it returned failed = a number; allowed is true or false", { score = 1, failed = 0 }, 14)
answers ("it returned failed = a string; allowed is true", { score = 1, failed = "false" }, 15)
answers ("it returned score = 1 and failed = true; allowed is one", { score = 1, failed = true }, 16)
local evil = setmetatable ({}, { __tostring = function () return nil end })
for _ = 1, 2 do -- the second time too: the store was not left open
  wrong ("'__tostring' must return a string", { store = tmp .. "10.db", benchmark = space:benchmark {
    kind = "function", fn = function () error (evil) end } })
end
wrong ("attempt to index a number value", { store = tmp .. "4.db", benchmark = space:benchmark {
  kind = "function", fn = function () return (7).x.y end } })
check.raises ("unknown option 'size'; there are: fn, kind, label", space.benchmark, space,
              { kind = "function", fn = score, size = 3 })
check.raises ("option 'fn' is a nil", space.benchmark, space, { kind = "function" })
check.raises ("'kind' is missing; there are: table, command, train, function", space.benchmark,
              space, {})
check.raises ("no kind of benchmark 'funktion'; did you mean 'function'? (there are: table, "
              .. "command, train, function)", space.benchmark, space, { kind = "funktion" })
check.raises ("'label' is a number; allowed is a string", space.benchmark, space,
              { kind = "function", fn = score, label = 7 })
check.raises ("tables", space.benchmark, space, { kind = "tables" })

-- The seed: the same in every arm and with any number of workers; another for another run.
local function seeds_of (workers)
  local list, by_cell = {}, {}
  nv.study (spec { store = ("%s17-%d.db"):format (tmp, workers), workers = workers,
                   benchmark = space:benchmark {
    kind = "function", fn = function (cell, seed)
      assert (math.type (seed) == "integer" and seed >= 0 and seed < 1 << 32)
      list[#list + 1] = tostring (cell) .. seed
      by_cell[seed] = true
      return seed / 2 ^ 32
    end } }):run ()
  local n = 0
  for _ in pairs (by_cell) do
    n = n + 1
  end
  assert (n > 20, n)
  table.sort (list)
  return table.concat (list, " ")
end
check.equal (seeds_of (1), seeds_of (2))

-- Scores that are NaN, and cells that failed, are evaluations without a score.
local turn = 0
nv.study (spec { name = "failing", store = tmp .. "5.db", workers = 1, benchmark = space:benchmark {
  kind = "function",
  fn = function ()
    turn = turn + 1
    return turn % 6 == 0 and 0 / 0 or turn % 6 == 3 and { score = 0 / 0, test = 0 / 0 }
           or turn % 3 == 1 and { failed = true, seconds = 2 } or .25
  end,
} }):run ():table ()
assert (turn >= 42)
