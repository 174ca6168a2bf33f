-- One pre-trained encoder, four tasks: the same embedding of NAS-Bench-201 is searched on CIFAR-10,
-- CIFAR-100 and ImageNet16-120 (nasbench201.csv.gz in NASVEC_DATA) and on a table of accuracies on
-- Fashion-MNIST that `nasvec table` made. Random search on the same tasks beside it.
local nv = require "nasvec"

local p = nv.params ({
  fashion = "", cells = 100, seeds = 20, workers = 0, out = "transfer",
}, {
  fashion = "the table of Fashion-MNIST (docs/tables.md); empty: without this task",
  cells = "that a run evaluates", seeds = "runs per arm", workers = "threads; 0: one per core",
  out = "folder for the store and the report",
})

local space = nv.space ("nasbench201", { equivalence = "skip_zero" })
local tasks = {}
for _, dataset in ipairs { "cifar10", "cifar100", "imagenet16-120" } do
  tasks[#tasks + 1] = space:benchmark {
    kind = "table", file = "nasbench201.csv.gz", dataset = dataset, epochs = 12, label = dataset,
  }
end
if p.fashion ~= "" then
  tasks[#tasks + 1] = space:benchmark {
    kind = "table", file = p.fashion, cell = "cell", observed = "validation_10", test = "test",
    seconds = "seconds", parameters = "parameters", label = "fashion-mnist",
  }
end

nv.study {
  name      = "transfer",
  benchmark = tasks,
  encoder   = nv.encoder ("vgae"),
  searcher  = { nv.searcher ("random"), nv.searcher ("bo"), nv.searcher ("rl") },
  budget    = { cells = p.cells },
  seeds     = p.seeds,
  workers   = p.workers,
  store     = p.out .. ".db",
}:run ():report (p.out)
