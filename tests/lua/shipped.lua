-- The tables that come with nasvec: how many cells each has, and that it ranks them as the same
-- cells do when they are trained again with other seeds. NASVEC_DATA is looked in first.
local nv = require "nasvec"
local check = require "check"
nv.params { tmp = "tmp" }

-- space, its options, cells, the file of the other seeds, how many it has, Spearman correlation.
local tables = {
  { "nasbench201", { equivalence = "skip_zero" }, 6466, "fashion-mnist-seed3.csv", 300, 0.945 },
  { "nasbench101", { vertices = 5 }, 2532, "fashion-mnist-seed2.csv", 200, 0.966 },
  { "darts", {}, 1000, "fashion-mnist-seed3.csv", 100, 0.903 },
}

-- Scores by cell, and how many. Where `observed` and `test` are given, of these columns.
local function scores (space, file, observed, test)
  local out, n = {}, 0
  for _, row in ipairs (space:benchmark {
    kind = "table", file = file, dataset = "fashion-mnist", observed = observed, test = test,
  }:rows ()) do
    out[tostring (row.cell.canonical)], n = row.score, n + 1
  end
  return out, n
end

for _, t in ipairs (tables) do
  local name, options, cells, again, others, wanted = table.unpack (t)
  local space = nv.space (name, options)
  local first, n = scores (space, "fashion-mnist.csv")
  local second, m = scores (space, again)
  check.equal (n, cells)
  check.equal (m, others)
  local x, y = {}, {}
  for cell, score in pairs (second) do
    x[#x + 1], y[#y + 1] = assert (first[cell], "a cell that the table does not have"), score
  end
  check.near (nv.stats.spearman (x, y), wanted, 5e-4)
end

-- Those with the accuracy of every epoch: how many cells, and the last one is that of a training in
-- the table, whose digits must not change. Earlier ones are on fewer images.
local curves = {
  { "nasbench201", { equivalence = "skip_zero" }, 6466, "validation_10_2", "test_2" },
  { "nasbench101", { vertices = 5 }, 2532, "validation_10", "test" },
  { "darts", {}, 1000, "validation_10_2", "test_2" },
}
for _, t in ipairs (curves) do
  local name, options, cells, observed, test = table.unpack (t)
  local space = nv.space (name, options)
  local whole = scores (space, "fashion-mnist.csv", observed, test)
  local last, n = scores (space, "fashion-mnist-epochs.csv", "validation_10", "test")
  local second = scores (space, "fashion-mnist-epochs.csv", "validation_2", "test")
  check.equal (n, cells)
  local x, y = {}, {}
  for cell, score in pairs (last) do
    check.equal (score, whole[cell])
    x[#x + 1], y[#y + 1] = score, second[cell]
  end
  assert (nv.stats.quantile (y, 0.5) < nv.stats.quantile (x, 0.5) - 0.05, "nothing was learned")
end
