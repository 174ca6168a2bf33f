-- What should a searcher's model be fitted to, the scores or their ranks? And which model should
-- bo have: a Gaussian process with a lengthscale per dimension, with one, or the network?
-- On NAS-Bench-201 (CIFAR-10, 12 epochs observed) or on all of NAS-Bench-101 (one run observed).
local nv = require "nasvec"
local tables = require "tables"

local p = nv.params ({
  space = "nasbench201", encoders = { "onehot", "vgae" }, seeds = 30, encoder_seeds = 3,
  cells = 100, workers = 0, store = "target.db", out = "",
}, {
  space = "nasbench201 or nasbench101", encoders = "that are searched",
  cells = "that a run evaluates", workers = "threads; 0: one per core",
  seeds = "runs per arm", encoder_seeds = "pre-trainings of vgae, shared by the runs",
})
local benchmark, batch = tables (p.space)

local encoders, searchers = {}, {}
for i, name in ipairs (p.encoders) do
  encoders[i] = nv.encoder (name)
end
local models = { -- name in the report, searcher, options
  { "bo", "bo", {} }, { "bo single", "bo", { ard = false } },
  { "bo dngo", "bo", { surrogate = "dngo" } }, { "gradient", "gradient", {} },
  { "rl", "rl", {} },
}
for _, target in ipairs { "rank", "score" } do
  for _, model in ipairs (models) do
    local options = { target = target, label = model[1] .. " " .. target }
    options.batch = model[2] ~= "rl" and batch or nil
    for key, value in pairs (model[3]) do
      options[key] = value
    end
    searchers[#searchers + 1] = nv.searcher (model[2], options)
  end
end

nv.study {
  name          = "target",
  benchmark     = benchmark,
  encoder       = encoders,
  searcher      = searchers,
  budget        = { cells = p.cells },
  seeds         = p.seeds,
  encoder_seeds = p.encoder_seeds,
  workers       = p.workers,
  store         = p.store,
}:run ():report (p.out ~= "" and p.out or nil)
