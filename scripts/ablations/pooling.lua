-- Should a cell's vector be the mean of its nodes' codes, or all of them? The mean is what the
-- paper searches on; it forgets which node is where.
local nv = require "nasvec"

local p = nv.params { seeds = 30, cells = 100, dataset = "cifar100", store = "pooling.db",
                      out = "" }

nv.study {
  name      = "pooling",
  benchmark = nv.space ("nasbench201"):benchmark {
    kind = "table", file = "nasbench201.csv.gz", dataset = p.dataset, epochs = 12,
  },
  encoder   = {
    nv.encoder ("vgae", { pooling = "mean", label = "mean" }),
    nv.encoder ("vgae", { pooling = "concat", label = "concat" }),
  },
  searcher  = { nv.searcher ("bo"), nv.searcher ("gradient"), nv.searcher ("rl") },
  budget    = { cells = p.cells },
  seeds     = p.seeds,
  store     = p.store,
  baseline  = "mean + bo",
}:run ():report (p.out ~= "" and p.out or nil)
