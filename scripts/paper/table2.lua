-- Table 2 of the paper and its curves: search on NAS-Bench-101.
-- pool = curves: the 30,001 cells whose validation accuracy after 108 epochs is in the data files,
-- with the seconds of their training. pool = full: all 423,624; one run's test accuracy is
-- observed, the mean of three reported, and there are no seconds.
local nv = require "nasvec"
local paper = require "paper"

local p = paper.params ({
  out = "out/table2", preset = "default", seeds = 100, encoder_seeds = 10, workers = 0,
  pools = { "curves", "full" }, cells = 150, seconds = 1e6, epochs = 0,
  encoders = { "vgae", "supervised", "onehot" },
  searchers = { "random", "evolution", "local", "rl", "bo", "gradient" },
}, {
  pools = "curves and full, one study each",
  epochs = "of vgae's pre-training; 0: as the preset says",
  cells = "budget on the full pool", seconds = "budget on the curves' pool; 0: cells there as well",
}, { seeds = 1, encoder_seeds = 1, cells = 20, seconds = 0, pools = { "curves" } })

-- The paper's BO buys five cells in a round here; so does whatever else fits a model in rounds.
local options = { bo = { batch = 5 }, gradient = { batch = 5 } }
local names = { curves = "cifar10", full = "cifar10-full" }
local files = { curves = "nasbench101_curves.csv.gz", full = "nasbench101_full.csv.gz" }

local space = nv.space ("nasbench101")
for _, pool in ipairs (p.pools) do
  if not names[pool] then
    error ("pools=" .. pool .. ": allowed are curves and full", 0)
  end
  local in_seconds = pool == "curves" and p.seconds > 0
  paper.compare (p, {
    space = "nasbench101", file = pool, name = "NAS-Bench-101, " .. pool,
    benchmark = space:benchmark { kind = "table", file = files[pool], dataset = names[pool],
                                  epochs = 108 },
    budget = in_seconds and { seconds = p.seconds } or { cells = p.cells }, options = options,
    more = { vgae = { epochs = p.epochs > 0 and p.epochs or nil } },
  })
end
