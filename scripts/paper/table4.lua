-- Table 4 of the paper: search on DARTS cells, here among cells whose training somebody has paid
-- for. oncenas: 526 cells, validation accuracy after 10 or 50 epochs observed, test accuracy after
-- 50 reported. random214: 214 cells, test accuracy after 50 epochs observed (there is no other),
-- after 600 reported. vgae knows no other cells than these; hence its many epochs.
local nv = require "nasvec"
local paper = require "paper"

local p = paper.params ({
  out = "out/table4", preset = "default", seeds = 100, first_seed = 0,
  encoder_seeds = 10, workers = 0, cells = 50, tables = { "oncenas", "random214" },
  encoders = { "vgae", "supervised", "onehot" },
  searchers = { "random", "evolution", "rl", "bo", "gradient" },
}, { tables = "oncenas and random214, one study each" },
{ seeds = 1, encoder_seeds = 1, cells = 20, tables = { "random214" } })

local files = { oncenas = "darts_bench_oncenas_545.csv.gz",
                random214 = "darts_random_214_600ep.csv.gz" }
local space = nv.space ("darts", { cells = "pair" })
for _, name in ipairs (p.tables) do
  if not files[name] then
    error ("tables=" .. name .. ": allowed are oncenas and random214", 0)
  end
  paper.compare (p, {
    space = "darts", file = name, name = "DARTS, " .. name, budget = { cells = p.cells },
    benchmark = space:benchmark { kind = "table", file = files[name], dataset = name, epochs = 50 },
    more = { vgae = { epochs = 200 } }, options = { bo = { batch = 5 }, gradient = { batch = 5 } },
  })
end
