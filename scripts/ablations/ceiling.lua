-- What the noise of the observed score leaves of a good search. A searcher that knew the truth well
-- enough to draw its cells among the K truly best of a table would still report the one with the
-- best observed score: its expected regret, exactly, for several K and numbers of cells.
local nv = require "nasvec"

local p = nv.params ({
  space = "nasbench101", file = "nasbench101_full.csv.gz", dataset = "cifar10-full", epochs = 108,
  cells = { 150, 340 }, best = { 350, 1000, 3000, 10000, 30000, 100000 },
}, {
  file = "the table", dataset = "its columns", epochs = "of the observed score",
  cells = "that are drawn, each a column", best = "K, each a row; all cells are the last one",
})

local rows = {}
for _, row in ipairs (nv.space (p.space):benchmark {
  kind = "table", file = p.file, dataset = p.dataset, epochs = p.epochs,
}:rows ()) do
  rows[#rows + 1] = row.score and row
end
table.sort (rows, function (a, b) return a.test > b.test end)

local score, test = {}, {}
local function print_row (K)
  for i = #score + 1, K do
    score[i], test[i] = rows[i].score, rows[i].test
  end
  local line = { tostring (K) }
  for i, k in ipairs (p.cells) do
    line[i + 1] = k <= K and ("%.5f"):format (
      rows[1].test - nv.stats.expected_best (score, test, k)) or "-"
  end
  print ("| " .. table.concat (line, " | ") .. " |")
end

print ("| of the truly best | regret of " .. table.concat (p.cells, " cells | of ") .. " cells |")
print ("|" .. ("---|"):rep (#p.cells + 1))
table.sort (p.best)
for _, K in ipairs (p.best) do
  if K < #rows then
    print_row (K)
  end
end
print_row (#rows)
