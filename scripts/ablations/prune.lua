-- Do searchers mind the dimensions of the code that are empty? vgae without and with `prune` on
-- NAS-Bench-201, CIFAR-10, with the 200-epoch validation accuracy observed.
local nv = require "nasvec"

local p = nv.params { seeds = 30, encoder_seeds = 3, cells = 100, store = "prune.db", out = "" }

nv.study {
  name          = "prune",
  benchmark     = nv.space ("nasbench201"):benchmark {
    kind = "table", file = "nasbench201.csv.gz", dataset = "cifar10", epochs = 200, seconds = "",
  },
  encoder       = { nv.encoder ("vgae", { label = "plain" }),
                    nv.encoder ("vgae", { prune = true, label = "pruned" }) },
  searcher      = { nv.searcher ("bo"), nv.searcher ("gradient"), nv.searcher ("rl") },
  budget        = { cells = p.cells },
  seeds         = p.seeds,
  encoder_seeds = p.encoder_seeds,
  store         = p.store,
  baseline      = "plain + bo",
}:run ():report (p.out ~= "" and p.out or nil)
