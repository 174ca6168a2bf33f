-- One pre-trained encoder, four tasks: the same embedding of NAS-Bench-201 is searched on CIFAR-10,
-- CIFAR-100 and ImageNet16-120 (nasbench201.csv.gz in NASVEC_DATA) and on Fashion-MNIST, whose
-- table comes with nasvec. Random search on the same tasks beside it.
local nv = require "nasvec"

local p = nv.params ({
  fashion = "fashion-mnist.csv", cells = 0, seeds = 20, workers = 0, out = "transfer",
}, {
  fashion = "a table of Fashion-MNIST, two trainings of each cell, as `nasvec table trainings=2` writes it",
  cells = "that a run evaluates; 0: 100, or a third of the smallest table if that is less",
  seeds = "runs per arm", workers = "threads; 0: one per core",
  out = "folder for the report; the store is OUT.db",
})

local space = nv.space ("nasbench201", { equivalence = "skip_zero" })
local tasks = {}
local function add (file, dataset, epochs)
  local bench = space:benchmark {
    kind = "table", file = file, dataset = dataset, epochs = epochs, label = dataset,
  }
  local known = #bench:rows ()
  tasks[#tasks + 1], tasks.least = bench, math.min (tasks.least or known, known)
  print (("%s: %d cells"):format (dataset, known))
end
for _, dataset in ipairs { "cifar10", "cifar100", "imagenet16-120" } do
  add ("nasbench201.csv.gz", dataset, 12)
end
add (p.fashion, "fashion-mnist", 10)

nv.study {
  name      = "transfer",
  benchmark = { table.unpack (tasks) },
  encoder   = nv.encoder ("vgae"),
  searcher  = { nv.searcher ("random"), nv.searcher ("bo"), nv.searcher ("rl") },
  pretrain  = "space",
  budget    = { cells = p.cells > 0 and p.cells or math.min (100, tasks.least // 3) },
  seeds     = p.seeds,
  workers   = p.workers,
  store     = p.out .. ".db",
}:run ():report (p.out)
