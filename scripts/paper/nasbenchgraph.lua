-- Beyond the paper: the same comparison on NAS-Bench-Graph, whose cells are graph neural networks
-- and have nothing of a ResNet. Observed: validation accuracy; reported: test accuracy.
local nv = require "nasvec"
local paper = require "paper"

local p = paper.params ({
  out = "out/nasbenchgraph", preset = "default", seeds = 100, first_seed = 0,
  encoder_seeds = 10, workers = 0, cells = 100, datasets = { "cora", "arxiv", "photo" },
  encoders = { "vgae", "supervised", "onehot" },
  searchers = { "random", "evolution", "local", "rl", "bo", "gradient" },
}, { datasets = "of the nine in the table, a study each" },
{ seeds = 1, encoder_seeds = 1, cells = 20, datasets = { "cora" } })

local space = nv.space ("nasbenchgraph")
for _, dataset in ipairs (p.datasets) do
  paper.compare (p, {
    space = "nasbenchgraph", file = dataset, name = "NAS-Bench-Graph, " .. dataset,
    benchmark = space:benchmark { kind = "table", file = "nasbench_graph.csv.gz",
                                  dataset = dataset },
    budget = { cells = p.cells },
  })
end
