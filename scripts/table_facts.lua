-- The facts of a table of accuracies, as docs/tables.md has them: its best cells, distribution,
-- what random search finds in it, how far its ranking hangs on the seed of the training, and how it
-- agrees with another table of the same cells. Accuracies in per cent, as Markdown.
local nv = require "nasvec"
local stats = nv.stats

local p = nv.params ({
  space = "nasbench201", file = "fashion-mnist.csv", dataset = "fashion-mnist", epochs = 10,
  trainings = 1, again = "", curve = "", other = "", other_dataset = "cifar10", other_epochs = 0,
}, {
  space = "nasbench201, nasbench101 or darts",
  file = "the table", dataset = "and its columns, as the space knows them",
  epochs = "of the observed score",
  trainings = "of a cell in the table: several are compared with each other",
  again = "the same cells, or some of them, trained again with other seeds; empty: none",
  curve = "these cells, or some, with the validation accuracy of every epoch; empty: none",
  other = "another table of the same cells, in NASVEC_DATA; empty: none",
  other_dataset = "its columns",
  other_epochs = "of its observed score; 0: the first that the space knows",
})
-- What makes two cells one, and which cells there are, in the tables that come with nasvec. The
-- other table may have all of nasbench101.
local options = { nasbench201 = { equivalence = "skip_zero" }, nasbench101 = { vertices = 5 } }
local space = nv.space (p.space, options[p.space])
local whole = p.space == "nasbench101" and nv.space (p.space) or space

-- Rows with a score; the second result: how many have none, as their training diverged. Where
-- `observed` and `test` are given, of these columns.
local function read (where, file, dataset, epochs, observed, test)
  local all = where:benchmark {
    kind = "table", file = file, dataset = dataset, epochs = epochs, observed = observed, test = test,
  }:rows ()
  local scored = {}
  for _, row in ipairs (all) do
    scored[#scored + 1] = row.score and row
  end
  return scored, #all - #scored
end

local function column (rows, key)
  local out = {}
  for i, row in ipairs (rows) do
    out[i] = row[key]
  end
  return out
end

-- A row of a table.
local function say (what, ...)
  print (("| %s | %s |"):format (what, table.concat ({ ... }, " | ")))
end

local function percent (x)
  return ("%.2f"):format (100 * x)
end

-- A correlation to three places; a dash where it is not defined.
local function correlation (r)
  return r == r and (("%.3f"):format (r):gsub ("^(-?)0", "%1")) or "-"
end

-- Cells that are in both: { { a = row, b = row }, ... } in the order of the first.
local function pairs_of (a, b)
  local place, out = {}, {}
  for _, row in ipairs (b) do
    place[tostring (row.cell.canonical)] = row
  end
  for _, row in ipairs (a) do
    local other = place[tostring (row.cell.canonical)]
    if other then
      out[#out + 1] = { a = row, b = other }
    end
  end
  return out
end

local function both (list, key, other_key)
  local x, y = {}, {}
  for i, pair in ipairs (list) do
    x[i], y[i] = pair.a[key], pair.b[other_key or key]
  end
  return x, y
end

-- line (what, pairs) for all of them and, where these are five or more, for the best tenth by the
-- validation of the first.
local function for_all_and_best (line, what, list)
  local sorted = table.move (list, 1, #list, 1, {})
  table.sort (sorted, function (a, b) return a.a.score > b.a.score end)
  line (what .. "all", list)
  if #list >= 50 then
    line (what .. "best tenth by validation", table.move (sorted, 1, #list // 10, 1, {}))
  end
end

-- --- the table by itself -------------------------------------------------------------------

local function print_best (rows, key, what)
  local best = rows[1]
  for _, row in ipairs (rows) do
    best = row[key] > best[key] and row or best
  end
  print (("- %s: %s validation, %s test, `%s`"):format (
    what, percent (best.score), percent (best.test), tostring (best.cell)))
end

local function print_distribution (rows)
  local shares = { 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 }
  print ("\n| | worst | 5 % | 25 % | median | 75 % | 95 % | best |")
  print ("|---|---|---|---|---|---|---|---|")
  for _, name in ipairs { "score", "test" } do
    local x, out = column (rows, name), {}
    for i, share in ipairs (shares) do
      out[i] = percent (stats.quantile (x, share))
    end
    say (name == "score" and "validation" or name, table.unpack (out))
  end
end

-- The best validation of k cells and its test, in the mean over all sets of k cells.
local function print_random_search (rows)
  local head, line, validation, test = {}, {}, {}, {}
  local score, tests = column (rows, "score"), column (rows, "test")
  for _, k in ipairs { 10, 20, 50, 100, 200 } do
    if k <= #rows then
      head[#head + 1], line[#line + 1] = tostring (k), "---"
      validation[#head] = percent (stats.expected_best (score, score, k))
      test[#head] = percent (stats.expected_best (score, tests, k))
    end
  end
  if #head == 0 then
    return
  end
  print ("")
  say ("random search, cells", table.unpack (head))
  say ("---", table.unpack (line))
  say ("best validation", table.unpack (validation))
  say ("test of that cell", table.unpack (test))
end

local function print_table (rows, diverged)
  local all = p.space ~= "darts" and (" of %d"):format (#space:cells ()) or ""
  local seconds, test = column (rows, "seconds"), column (rows, "test")
  print (("- %d%s cells, %.0f seconds of one core: %.2f a cell in the mean, %.2f the most"):format (
    #rows, all, #rows * stats.mean (seconds), stats.mean (seconds), stats.quantile (seconds, 1)))
  if diverged > 0 then
    print (("- %d more diverged"):format (diverged))
  end
  print_best (rows, "score", "best by validation")
  print_best (rows, "test", "best by test")
  print (("- Spearman with the test accuracy: validation %s, parameters %s"):format (
    correlation (stats.spearman (column (rows, "score"), test)),
    correlation (stats.spearman (column (rows, "parameters"), test))))
  print_distribution (rows)
  print_random_search (rows)
end

-- --- beside another one ----------------------------------------------------------------------

-- Half of the variance of the difference of two seeds is that of one.
local function noise (x, y)
  local difference = {}
  for i = 1, #x do
    difference[i] = x[i] - y[i]
  end
  return stats.sd (difference) / math.sqrt (2)
end

local function print_seeds (what, list)
  local out = { tostring (#list) }
  for _, key in ipairs { "score", "test" } do
    local x, y = both (list, key)
    out[#out + 1] = correlation (stats.spearman (x, y))
    out[#out + 1] = percent (noise (x, y))
  end
  say (what, table.unpack (out))
end

local function need (list, file)
  if #list < 2 then
    error (("%s: %d of its cells are in the table; a correlation needs 2"):format (file, #list), 0)
  end
  return list
end

-- Of training `t` of each cell alone.
local function read_training (t)
  return read (space, p.file, p.dataset, p.epochs, ("validation_%d_%d"):format (p.epochs, t),
               ("test_%d"):format (t))
end

local function compare_trainings (rows)
  print ("\n| two seeds | cells | Spearman, validation | noise | Spearman, test | noise |")
  print ("|---|---|---|---|---|---|")
  local first = p.trainings > 1 and read_training (1)
  for t = 2, p.trainings do
    local list = pairs_of (first, read_training (t))
    for_all_and_best (print_seeds, "one training: ", need (list, p.file))
  end
  if p.again ~= "" then
    local what = p.trainings > 1 and ("mean of %d: "):format (p.trainings) or ""
    local list = pairs_of (rows, read (space, p.again, p.dataset, p.epochs))
    for_all_and_best (print_seeds, what, need (list, p.again))
  end
end

-- The rows of a table: the validation after each epoch of one training, and how it ranks the cells
-- in comparison with the scores of the table.
local function compare_epochs (rows)
  local head, line, median, score, test = {}, {}, {}, {}, {}
  for e = 1, p.epochs do
    local early = read (space, p.curve, p.dataset, p.epochs, ("validation_%d"):format (e), "test")
    local list = need (pairs_of (rows, early), p.curve)
    head[e], line[e] = tostring (e), "---"
    median[e] = percent (stats.quantile (column (early, "score"), 0.5))
    score[e] = correlation (stats.spearman (both (list, "score")))
    test[e] = correlation (stats.spearman (both (list, "test", "score")))
    if e == p.epochs then
      print (("\nOne training of %d cells, epoch by epoch:\n"):format (#list))
    end
  end
  say ("after epoch", table.unpack (head))
  say ("---", table.unpack (line))
  say ("median validation", table.unpack (median))
  say ("Spearman with the table's validation", table.unpack (score))
  say ("with its test", table.unpack (test))
end

local function print_agreement (what, list)
  local x, y = both (list, "score", "test")
  local u, v = both (list, "test")
  say (what, #list, correlation (stats.spearman (x, y)), correlation (stats.spearman (u, v)),
       correlation (stats.kendall (u, v)))
end

local function compare_other (rows)
  local other = read (whole, p.other, p.other_dataset, p.other_epochs)
  local list = need (pairs_of (rows, other), p.other)
  print (("\n| with the test accuracy of %s | cells | Spearman of validation | Spearman of test"
          .. " | Kendall of test |"):format (p.other_dataset))
  print ("|---|---|---|---|---|")
  for_all_and_best (print_agreement, "", list)
end

local rows, diverged = read (space, p.file, p.dataset, p.epochs)
print_table (rows, diverged)
if p.trainings > 1 or p.again ~= "" then
  compare_trainings (rows)
end
if p.curve ~= "" then
  compare_epochs (rows)
end
if p.other ~= "" then
  compare_other (rows)
end
