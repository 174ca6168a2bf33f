-- The paper's comparison on NAS-Bench-201. CIFAR-10: the searchers see the 12-epoch validation
-- accuracy and have 12,000 simulated seconds; CIFAR-100 and ImageNet16-120: the same, and 100
-- cells. Reported: the 200-epoch test accuracy of the cell with the best observed score.
-- preset=compat repeats the choices of the released code (compat.lua) as far as they are choices.
local nv = require "nasvec"
local compat = require "compat"

local p = nv.params ({
  seeds = 100, workers = 0, out = "out/nasbench201", preset = "default", cells = 100,
  seconds = 12000.0, epochs = 12,
  datasets = { "cifar10", "cifar100", "imagenet16-120" },
  encoders = { "vgae", "supervised", "onehot" },
  searchers = { "random", "evolution", "local", "rl", "bo", "gradient" },
}, {
  seeds = "runs per arm", workers = "threads; 0: one per core",
  out = "folder for stores and reports", preset = "default or compat",
  cells = "budget on CIFAR-100 and ImageNet16-120",
  seconds = "budget on CIFAR-10, in simulated seconds; 0: `cells` there too",
  epochs = "of training behind the observed score: 12, on CIFAR-10 also 200",
})

local function options (kind, name)
  if p.preset == "compat" then
    return compat[kind][name]
  elseif p.preset ~= "default" then
    error ("preset=" .. p.preset .. ": allowed are default and compat", 0)
  end
end

local encoders, searchers = {}, {}
for i, name in ipairs (p.encoders) do
  encoders[i] = nv.encoder (name, options ("encoder", name))
end
for i, name in ipairs (p.searchers) do
  searchers[i] = nv.searcher (name, options ("searcher", name))
end

os.execute ("mkdir -p '" .. p.out .. "'")
local space = nv.space ("nasbench201")
for _, dataset in ipairs (p.datasets) do
  local in_seconds = dataset == "cifar10" and p.seconds > 0
  local name = ("%s-%d-%s"):format (dataset, p.epochs, p.preset)
  nv.study {
    name      = "NAS-Bench-201, " .. name,
    benchmark = space:benchmark {
      kind = "table", file = "nasbench201.csv.gz", dataset = dataset, epochs = p.epochs,
    },
    encoder   = encoders,
    searcher  = searchers,
    budget    = in_seconds and { seconds = p.seconds } or { cells = p.cells },
    seeds     = p.seeds,
    workers   = p.workers,
    store     = ("%s/%s.db"):format (p.out, name),
  }:run ():report (("%s/%s"):format (p.out, name))
end
