-- Tables: their rows, statistics of them, and a study on a table that has few cells of the space.
local nv = require "nasvec"
local check = require "check"
local p = nv.params { tmp = "tmp" }
local tmp = check.folder (p.tmp)
local stats = nv.stats

local space = nv.space ("nasbench201", { equivalence = "skip_zero" })
local cells = space:sample (40, 5)

-- Each cell once, trained twice: the mean of its scores falls from row to row, its test score rises.
local file, n, seen = assert (io.open (tmp .. "few.csv", "w")), 0, {}
file:write ("cell,validation_10_1,validation_10_2,test_1,test_2,seconds,parameters\n")
for _, cell in ipairs (cells) do
  local form = tostring (cell.canonical)
  if not seen[form] then
    seen[form], n = true, n + 1
    local score, test = 0.9 - n / 1000, 0.5 + n / 1000
    file:write (("%s,%.4f,%.4f,%.4f,%.4f,%d,%d\n"):format (
      form, score + 0.01, score - 0.01, test, test, 10 + n, 100 + n))
  end
end
file:close ()
local bench = space:benchmark { kind = "table", file = tmp .. "few.csv", dataset = "fashion-mnist" }

local rows = bench:rows ()
check.equal (#rows, n)
assert (seen[tostring (rows[3].cell)], "row 3 is another cell")
check.near (rows[3].score, 0.897, 1e-12)
check.near (rows[3].test, 0.503, 1e-12)
check.equal (rows[3].seconds, 13.0)
check.equal (rows[3].parameters, 103.0)
local bare = space:benchmark {
  kind = "table", file = tmp .. "few.csv", cell = "cell", observed = "test_2",
}
check.equal (bare:rows ()[2].test, nil)
check.near (bare:rows ()[2].score, 0.502, 1e-12)
local func = space:benchmark { kind = "function", fn = function () return 1 end }
check.raises ("not of the kind 'table'", func.rows, func)

-- Statistics.
local x, y = { 1.5, 4, 2, 9 }, { 10, 30, 20, 25 }
check.near (stats.mean (x), 4.125, 1e-12)
check.near (stats.sd (x), math.sqrt (35.1875 / 3), 1e-12)
check.near (stats.quantile (x, 0.5), 3, 1e-12)
check.near (stats.spearman (x, y), 0.8, 1e-12)
check.near (stats.kendall (x, y), 2 / 3, 1e-12)
check.near (stats.pearson (x, x), 1, 1e-12)
assert (stats.sd { 2.5 } ~= stats.sd { 2.5 }, "the spread of one value is NaN")
-- Of four pairs with differences of one sign, 2 of 16 sign patterns are as far out.
check.near (stats.wilcoxon (x, y), 2 / 16, 1e-12)
local low, high = stats.interval { 1, 1, 1, 5 }
assert (low == 1 and high > 2 and high <= 5, "95 % of the means of four draws")
low, high = stats.interval { 2.5 }
assert (low ~= low and high ~= high, "one value has no interval")
-- Of 4, the best of 2 is 9 in 3 of 6 pairs, 4 in 2, 2 in 1; y beside it.
check.near (stats.expected_best (x, x, 2), (3 * 9 + 2 * 4 + 2) / 6, 1e-12)
check.near (stats.expected_best (x, y, 2), (3 * 25 + 2 * 30 + 20) / 6, 1e-12)
local function raises (words, f, ...)
  local arguments = table.pack (...)
  check.raises (words, function ()
    local result = f (table.unpack (arguments))
    return result
  end)
end
raises ("empty list", stats.mean, {})
raises ("item 2 of the list", stats.mean, { 1, "x" })
raises ("item 1 of the list", stats.sd, { 0 / 0 })
raises ("3 and 4 numbers", stats.spearman, { 1, 2, 3 }, y)
raises ("3 and 4 numbers", stats.wilcoxon, { 1, 2, 3 }, y)
raises ("from 0 to 1", stats.quantile, x, 1.5)
raises ("list's length", stats.expected_best, x, y, 5)

-- Pre-trained on the space, a study leaves in the cache what fit () on the space asks for, and else
-- what fit () on the table's cells does. A seed that no earlier test can have used.
local seed = os.time ()
local small = nv.space ("nasbench101", { vertices = 4 })
file = assert (io.open (tmp .. "ten.csv", "w"))
file:write ("cell,validation_10\n")
for i = 1, 10 do
  file:write (("%s,%.3f\n"):format (small:cells ()[5 * i], 0.8 + i / 100))
end
file:close ()
local ten = small:benchmark {
  kind = "table", file = tmp .. "ten.csv", cell = "cell", observed = "validation_10",
}
local tiny = { dim = 2, hidden = 8, layers = 1, epochs = 1, batch = 512 }
local function study (store, pretrain)
  return nv.study {
    name = "few", store = tmp .. store, benchmark = ten, encoder = nv.encoder ("vgae", tiny),
    searcher = nv.searcher ("random"), budget = { cells = 6 }, seeds = 2, workers = 1,
    seed = seed, pretrain = pretrain,
  }
end
local function cached_on_space ()
  return nv.encoder ("vgae", tiny):fit (small, { seed = seed }).cached
end
check.raises ("'pretrain' is 'table'; allowed is 'pool' or 'space'", study, "no.db", "table")
study ("pool.db"):run ()
check.equal (cached_on_space (), false)
seed = seed + 1000000000
study ("space.db", "space"):run ():report (tmp .. "out", "vgae + random")
check.equal (cached_on_space (), true)
local lines = -1
for _ in io.lines (tmp .. "out/map.csv") do
  lines = lines + 1
end
check.equal (lines, #small:cells ())
check.raises ("pretrain is \"space\" there and missing here", function ()
  local done = study ("space.db"):run ()
  return done
end)
