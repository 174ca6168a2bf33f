-- Tables from the results of single runs: the files runs.csv of reports, as docs/runs keeps them.
-- Several files are one table: parts of a study that was run piece by piece, or studies of one
-- benchmark and budget with other arms.
local nv = require "nasvec"
local stats = nv.stats

local p = nv.params ({ files = { "docs/runs/table2-timed.csv" }, baseline = "" }, {
  files = "runs.csv of one benchmark and budget",
  baseline = "arm that the others are compared with, in pairs of the same seed; empty: none",
})

-- The fields of a line of CSV. "" within quotes is one quote; no field is an empty pair of quotes.
local function fields_of (line)
  local text, fields, at = line:gsub ('""', "\0") .. ",", {}, 1
  while at <= #text do
    local field, after = text:match ('^"(.-)",()', at)
    if not field then
      field, after = text:match ("^(.-),()", at)
    end
    fields[#fields + 1], at = field:gsub ("\0", '"'), after
  end
  return fields
end

-- The lines of a file as tables by the names in its first line.
local function rows_of (file)
  local handle, problem = io.open (file)
  if not handle then
    error (problem, 0)
  end
  local rows, names = {}, nil
  for line in handle:lines () do
    local fields = fields_of (line)
    if not names then
      names = fields
    else
      local row = {}
      for i, name in ipairs (names) do
        row[name] = fields[i]
      end
      rows[#rows + 1] = row
    end
  end
  handle:close ()
  return rows
end

local arms, order, benchmark = {}, {}, nil

-- A run counts once it has finished, as in reports.
local function counts (row)
  local reason = row.reason or "budget"
  return reason ~= "" and not reason:find ("^failed") and tonumber (row.observed)
end

local function add (file, row)
  if not (row.arm and row.seed and row.observed and row.test and row.cells) then
    error (file .. ": not a runs.csv of a report", 0)
  end
  benchmark = benchmark or row.benchmark
  if row.benchmark and row.benchmark ~= benchmark then
    error (("%s: runs of %s, where others are of %s"):format (file, row.benchmark, benchmark), 0)
  end
  if not arms[row.arm] then
    arms[row.arm] = {}
    order[#order + 1] = row.arm
  end
  if not counts (row) then
    return
  end
  if arms[row.arm][row.seed] then
    error (("%s: %s has seed %s a second time"):format (file, row.arm, row.seed), 0)
  end
  arms[row.arm][row.seed] = row
end

for _, file in ipairs (p.files) do
  for _, row in ipairs (rows_of (file)) do
    add (file, row)
  end
end
if p.baseline ~= "" and not arms[p.baseline] then
  error (("baseline=%s: allowed are %s"):format (p.baseline, table.concat (order, ", ")), 0)
end

-- The numbers of an arm in one column, for the seeds that `other` has as well, in their order.
local function column (arm, key, other)
  local seeds, out = {}, {}
  for seed, row in pairs (arms[arm]) do
    if tonumber (row[key]) and (not other or tonumber ((arms[other][seed] or {})[key])) then
      seeds[#seeds + 1] = seed
    end
  end
  table.sort (seeds, function (a, b) return tonumber (a) < tonumber (b) end)
  for i, seed in ipairs (seeds) do
    out[i] = tonumber (arms[arm][seed][key])
  end
  return out
end

local function number (format, x)
  return x == x and format:format (x) or "-"
end

local function percent (x)
  return number ("%.2f", 100 * x)
end

local function mean (x)
  return #x > 0 and stats.mean (x) or 0 / 0
end

-- The mean difference to the baseline and its standard error, and p.
local function difference (arm, key)
  if arm == p.baseline then
    return "-", "-"
  end
  local x, y, d = column (arm, key, p.baseline), column (p.baseline, key, arm), {}
  for i = 1, #x do
    d[i] = x[i] - y[i]
  end
  if #d < 2 then
    return "-", "-"
  end
  return ("%s +- %s"):format (percent (stats.mean (d)), percent (stats.sd (d) / math.sqrt (#d))),
         ("%.3f"):format (stats.wilcoxon (x, y))
end

local function line_of (arm)
  local test = column (arm, "test")
  local low, high = 0 / 0, 0 / 0
  if #test > 0 then
    low, high = stats.interval (test)
  end
  local line = { arm, #column (arm, "observed"), percent (mean (column (arm, "observed"))),
                 ("%s [%s - %s]"):format (percent (mean (test)), percent (low), percent (high)),
                 number ("%.0f", mean (column (arm, "cells"))) }
  if p.baseline ~= "" then
    line[6] = difference (arm, "observed")
    line[7], line[8] = difference (arm, "test")
  end
  return line
end

local header = { "arm", "runs", "observed, %", "test, %", "cells" }
if p.baseline ~= "" then
  header[6], header[7], header[8] = "less " .. p.baseline .. ": observed", "test", "p"
end
print ("| " .. table.concat (header, " | ") .. " |")
print ("|" .. ("---|"):rep (#header))
for _, arm in ipairs (order) do
  print ("| " .. table.concat (line_of (arm), " | ") .. " |")
end
