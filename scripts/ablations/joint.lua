-- What does the search add to the encoder? A pre-trained encoder left as it is (frozen), trained
-- on by the search (joint), and one that only the search ever trained (supervised).
local nv = require "nasvec"

local p = nv.params { seeds = 30, cells = 100, dataset = "cifar100", store = "joint.db", out = "" }

nv.study {
  name      = "joint or frozen",
  benchmark = nv.space ("nasbench201"):benchmark {
    kind = "table", file = "nasbench201.csv.gz", dataset = p.dataset, epochs = 12,
  },
  encoder   = {
    nv.encoder ("vgae", { label = "frozen" }),
    nv.encoder ("vgae", { joint = true, label = "joint" }),
    nv.encoder ("supervised"),
  },
  searcher  = { nv.searcher ("bo"), nv.searcher ("gradient"), nv.searcher ("rl") },
  budget    = { cells = p.cells },
  seeds     = p.seeds,
  store     = p.store,
  baseline  = "frozen + bo",
}:run ():report (p.out ~= "" and p.out or nil)
