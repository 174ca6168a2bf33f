-- The paper's comparison on NAS-Bench-201. CIFAR-10: the searchers see the 12-epoch validation
-- accuracy and have 12,000 simulated seconds; CIFAR-100 and ImageNet16-120: the same, and 100
-- cells. Reported: the 200-epoch test accuracy of the cell with the best observed score.
-- preset=compat repeats the choices of the released code (compat.lua), as far as they are choices.
local nv = require "nasvec"
local compat = require "compat"

local p = nv.params ({
  seeds = 100, encoder_seeds = 10, workers = 0, out = "out/nasbench201", preset = "default", cells = 100,
  seconds = 12000.0, epochs = 12,
  datasets = { "cifar10", "cifar100", "imagenet16-120" },
  encoders = { "vgae", "supervised", "onehot" },
  searchers = { "random", "evolution", "local", "rl", "bo", "gradient" },
}, {
  seeds = "runs per arm", encoder_seeds = "pre-trainings of an encoder, shared by the runs",
  workers = "threads; 0: one per core",
  out = "folder for stores and reports", preset = "default or compat",
  cells = "budget on CIFAR-100 and ImageNet16-120",
  seconds = "budget on CIFAR-10, in simulated seconds; 0: cells there as well",
  epochs = "of training behind the observed score: 12; on CIFAR-10 also 200",
})
if p.preset ~= "default" and p.preset ~= "compat" then
  error ("preset=" .. p.preset .. ": allowed are default and compat", 0)
end

local space = nv.space ("nasbench201")

local function new (make, names, options)
  local list = {}
  for i, name in ipairs (names) do
    list[i] = make (name, p.preset == "compat" and options[name] or nil)
  end
  return list
end

local function run (dataset, name, encoders, searcher_options)
  local in_seconds = dataset == "cifar10" and p.seconds > 0
  local file = ("%s/%s-%d-%s"):format (p.out, name, p.epochs, p.preset)
  nv.study {
    name      = ("NAS-Bench-201, %s, %s"):format (name, p.preset),
    benchmark = space:benchmark {
      kind = "table", file = "nasbench201.csv.gz", dataset = dataset, epochs = p.epochs,
    },
    encoder   = new (nv.encoder, encoders, compat.encoder),
    searcher  = new (nv.searcher, p.searchers, searcher_options),
    budget    = in_seconds and { seconds = p.seconds } or { cells = p.cells },
    seeds     = p.seeds,
    encoder_seeds = p.encoder_seeds,
    workers   = p.workers,
    store     = file .. ".db",
  }:run ():report (file)
end

for _, dataset in ipairs (p.datasets) do
  local together, supervised = {}, {}
  for _, encoder in ipairs (p.encoders) do
    -- The released code gives its searchers other options under the supervised encoder.
    local apart = p.preset == "compat" and encoder == "supervised"
    table.insert (apart and supervised or together, encoder)
  end
  if #together > 0 then
    run (dataset, dataset, together, compat.searcher)
  end
  if #supervised > 0 then
    run (dataset, dataset .. "-supervised", supervised,
         setmetatable (compat.supervised, { __index = compat.searcher }))
  end
end
