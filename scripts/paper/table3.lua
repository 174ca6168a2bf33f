-- Table 3 of the paper: search on NAS-Bench-201. CIFAR-10: the searchers see the 12-epoch
-- validation accuracy and have 12,000 simulated seconds; CIFAR-100 and ImageNet16-120: the same,
-- and 100 cells. Reported: the 200-epoch test accuracy of the cell with the best observed score.
-- preset=compat repeats the choices of the released code (compat.lua), as far as they are choices.
local nv = require "nasvec"
local paper = require "paper"

local p = paper.params ({
  seeds = 100, first_seed = 0, encoder_seeds = 10, workers = 0, out = "out/table3",
  preset = "default", cells = 100, seconds = 12000.0, epochs = 12,
  datasets = { "cifar10", "cifar100", "imagenet16-120" },
  encoders = { "vgae", "supervised", "onehot" },
  searchers = { "random", "evolution", "local", "rl", "bo", "gradient" },
}, {
  datasets = "a study each", cells = "budget on CIFAR-100 and ImageNet16-120",
  seconds = "budget on CIFAR-10, in simulated seconds; 0: cells there as well",
  epochs = "of training behind the observed score: 12; on CIFAR-10 also 200",
}, { seeds = 1, encoder_seeds = 1, cells = 20, seconds = 0, datasets = { "cifar100" } })

local space = nv.space ("nasbench201")
for _, dataset in ipairs (p.datasets) do
  local in_seconds = dataset == "cifar10" and p.seconds > 0
  paper.compare (p, {
    space = "nasbench201", file = ("%s-%d"):format (dataset, p.epochs),
    name = "NAS-Bench-201, " .. dataset,
    benchmark = space:benchmark { kind = "table", file = "nasbench201.csv.gz", dataset = dataset,
                                  epochs = p.epochs },
    budget = in_seconds and { seconds = p.seconds } or { cells = p.cells },
  })
end
