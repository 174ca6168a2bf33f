-- How long should the code be? vgae with 4, 8, 16 and 32 dimensions a node, under bo and gradient,
-- on NAS-Bench-201 with the 12-epoch validation accuracy observed.
local nv = require "nasvec"

local p = nv.params { seeds = 30, cells = 100, dataset = "cifar100", dims = { 4, 8, 16, 32 },
                      store = "latent.db", out = "" }

local encoders = {}
for i, dim in ipairs (p.dims) do
  encoders[i] = nv.encoder ("vgae", { dim = dim, label = "vgae dim=" .. dim })
end

nv.study {
  name      = "latent dimensions",
  benchmark = nv.space ("nasbench201"):benchmark {
    kind = "table", file = "nasbench201.csv.gz", dataset = p.dataset, epochs = 12,
  },
  encoder   = encoders,
  searcher  = { nv.searcher ("bo"), nv.searcher ("gradient") },
  budget    = { cells = p.cells },
  seeds     = p.seeds,
  store     = p.store,
  baseline  = "vgae dim=" .. p.dims[1] .. " + bo",
}:run ():report (p.out ~= "" and p.out or nil)
