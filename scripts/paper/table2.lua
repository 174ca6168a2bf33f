-- Table 2 of the paper and its curves: search on NAS-Bench-101.
-- pool = curves: the 30,001 cells whose validation accuracy after 108 epochs is in the data files,
-- with the seconds of their training. pool = full: all 423,624; one run's test accuracy is
-- observed, the mean of three reported, and there are no seconds. pool = timed: the same cells with
-- the seconds that a model gives them (measured ones for the 30,001). pool = mean: as timed, but
-- what is reported is observed, too, as no search can have it; it shows what the noise costs.
local nv = require "nasvec"
local paper = require "paper"

local p = paper.params ({
  out = "out/table2", preset = "default", seeds = 100, first_seed = 0,
  encoder_seeds = 10, workers = 0, pools = { "curves", "full", "timed" }, cells = 150,
  seconds = 1e6, epochs = 0,
  encoders = { "vgae", "supervised", "onehot" },
  searchers = { "random", "evolution", "local", "rl", "bo", "gradient" }, surrogate = "gp",
}, {
  pools = "curves, full, timed and mean, one study each",
  epochs = "of vgae's pre-training; 0: as the preset says",
  cells = "budget on the full pool",
  seconds = "budget on the pools that have seconds; 0: cells there as well",
  surrogate = "of bo: gp, or the paper's dngo",
}, { seeds = 1, encoder_seeds = 1, cells = 20, seconds = 0, pools = { "curves" } })

-- The paper's BO buys five cells in a round here; so does whatever else fits a model in rounds.
local options = { bo = { batch = 5, surrogate = p.surrogate }, gradient = { batch = 5 } }
local tables = { -- options of the benchmark
  curves = { file = "nasbench101_curves.csv.gz", dataset = "cifar10" },
  full = { file = "nasbench101_full.csv.gz", dataset = "cifar10-full" },
  timed = { file = "nasbench101_full.csv.gz", dataset = "cifar10-full",
            beside = "nasbench101_train_seconds_modelled.csv.gz", seconds = "train_seconds_108" },
  mean = { file = "nasbench101_full.csv.gz", dataset = "cifar10-full", observed = "test_acc_mean3",
           beside = "nasbench101_train_seconds_modelled.csv.gz", seconds = "train_seconds_108" },
}

local space = nv.space ("nasbench101")
for _, pool in ipairs (p.pools) do
  local choice = tables[pool]
  if not choice then
    error ("pools=" .. pool .. ": allowed are curves, full, timed and mean", 0)
  end
  choice.kind, choice.epochs = "table", 108
  local in_seconds = pool ~= "full" and p.seconds > 0
  paper.compare (p, {
    space = "nasbench101", file = pool, name = "NAS-Bench-101, " .. pool,
    benchmark = space:benchmark (choice),
    budget = in_seconds and { seconds = p.seconds } or { cells = p.cells }, options = options,
    more = { vgae = { epochs = p.epochs > 0 and p.epochs or nil } },
  })
end
