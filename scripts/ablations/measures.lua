-- What is an embedding worth, before any search? All measures of vgae, supervised (with the random
-- weights that a search starts from) and onehot on NAS-Bench-201, side by side. Labels are the
-- validation accuracies after 12 epochs; what is predicted is the test accuracy after 200.
local nv = require "nasvec"

local p = nv.params ({ dataset = "cifar10", seed = 1, epochs = 10, quick = false }, {
  seed = "of encoders and measures", epochs = "of vgae's pre-training",
  quick = "a small network and few draws: seconds, and figures that mean nothing",
})

local space = nv.space ("nasbench201")
local bench = space:benchmark {
  kind = "table", file = "nasbench201.csv.gz", dataset = p.dataset, epochs = 12,
}
local size = p.quick and { hidden = 16, layers = 2 } or {}
local encoders = {
  nv.encoder ("vgae", { epochs = p.quick and 1 or p.epochs, hidden = size.hidden,
                        layers = size.layers }),
  nv.encoder ("supervised", size),
  nv.encoder ("onehot"),
}

-- One row: a name and a figure of each encoder, `read` from its measures; a dash where it has none.
local measured = {}
local function row (name, read)
  local words = {}
  for i, m in ipairs (measured) do
    words[i] = ("%-18s"):format (read (m) or "-")
  end
  print (("%-44s"):format (name) .. table.concat (words))
end

local function number (format, value)
  return value and value == value and format:format (value)
end

local function percent (value)
  return value and number ("%.1f %%", 100 * value)
end

local function interval (s)
  return ("%.3f [%.3f %.3f]"):format (s.spearman, s.low, s.high)
end

local decodes = { "reconstruction", "validity", "interpolation" }
for i, encoder in ipairs (encoders) do
  local options = {
    benchmark = bench, seed = p.seed, labels = p.quick and { 20 } or nil,
    what = { "prediction", "smoothness", "coverage" },
    draws = p.quick and 100 or nil, sample = p.quick and 1000 or nil,
    walks = p.quick and 10 or nil, points = p.quick and 100 or nil, pairs = p.quick and 10 or nil,
  }
  if encoder.name == "vgae" then
    table.move (decodes, 1, #decodes, 4, options.what)
  end
  measured[i] = encoder:fit (space, { seed = p.seed }):measure (options)
end

local names = {}
for i, encoder in ipairs (encoders) do
  names[i] = ("%-18s"):format (encoder.name)
end
local first = measured[1]
print (("%d of %d cells; labels observed, %s score predicted, mean and sd over 10 draws\n"):format (
       first.sample.cells, first.sample.of or first.sample.cells, first.prediction.score))
print ((" "):rep (44) .. table.concat (names))

row ("held-out cells whole", function (m) return percent (m.cell) end)
row ("draws valid, strictly", function (m) return m.valid and percent (m.valid / m.draws) end)
row ("valid draws distinct", function (m) return m.valid and percent (m.distinct / m.valid) end)

local figures = {
  { "kendall", "Kendall tau", 1 }, { "spearman", "Spearman", 1 }, { "pearson", "Pearson", 1 },
  { "rmse", "RMSE, observed, %", 100 }, { "top1", "precision at top 1 %", 1 },
  { "top5", "precision at top 5 %", 1 },
}
for k, set in ipairs (first.prediction) do
  for _, model in ipairs { "gp", "ridge", "knn" } do
    for _, f in ipairs (figures) do
      row (("%d labels, %s: %s"):format (set.labels, model, f[2]), function (m)
        local value = m.prediction[k][model][f[1]]
        return ("%.3f +- %.3f"):format (f[3] * value.mean, f[3] * value.sd)
      end)
    end
  end
end

row ("edits and distance: Spearman, 95 %", function (m) return interval (m.smoothness) end)
for _, lag in ipairs { 1, 2, 3, 5, 10 } do
  for _, walk in ipairs { "space", "embedding" } do
    row (("correlation of scores, %d steps, %s"):format (lag, walk), function (m)
      return number ("%.3f", m.smoothness.autocorrelation[walk][lag])
    end)
  end
end
row ("neighbours among the nearest", function (m) return percent (m.smoothness.neighbours) end)
row ("the same in a random order", function (m) return percent (m.smoothness.chance) end)

row ("variance in two components", function (m) return percent (m.coverage.explained) end)
row ("dimensions in use", function (m) return number ("%.1f", m.coverage.dimensions) end)
for g, grid in ipairs (first.coverage.grids) do
  for _, f in ipairs { { "empty", "empty" }, { "holes", "empty inside the hull" },
                       { "normal", "empty, normal distribution" },
                       { "uniform", "empty, uniform distribution" } } do
    row (("%.0f cells a bin: %s"):format (grid.density, f[2]),
         function (m) return percent (m.coverage.grids[g][f[1]]) end)
  end
end
for _, place in ipairs { "occupied", "holes", "outside", "box" } do
  for _, f in ipairs { { "valid", percent }, { "distinct", percent },
                       { "moved", function (v) return number ("%.1f bins", v) end } } do
    row (("decoded from %s: %s"):format (place, f[1]),
         function (m) return f[2] (m.coverage.decoded[place][f[1]]) end)
  end
end

row ("interpolation: cells valid", function (m)
  return m.interpolation and percent (m.interpolation.valid)
end)
row ("interpolation: distinct valid cells of 11", function (m)
  return m.interpolation and number ("%.2f", m.interpolation.distinct)
end)
row ("interpolation: largest jump, edits", function (m)
  return m.interpolation and number ("%.2f", m.interpolation.jump)
end)
row ("interpolation: edits between the ends", function (m)
  return m.interpolation and number ("%.2f", m.interpolation.edits)
end)
