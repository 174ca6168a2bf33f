-- Figure 2 of the paper: what the scores of a few cells tell of the others. A Gaussian process on
-- each embedding of `labels` random cells; `supervised` is trained on the labels of each draw.
local paper = require "paper"

local p = paper.params ({ space = "nasbench101", labels = { 250 }, seed = 1, preset = "default",
                          encoders = { "vgae", "supervised", "onehot" } },
                        paper.embedding_help, { space = "nasbench201", labels = { 30 } })
local list = paper.embeddings (p, { "prediction" })

local rows = { { "labels", "encoder", "Kendall tau", "Pearson", "RMSE", "top 5 %" } }
for k, labels in ipairs (p.labels) do
  for _, e in ipairs (list) do
    local row = { labels, e.name }
    for _, figure in ipairs { "kendall", "pearson", "rmse", "top5" } do
      local value = e.measured.prediction[k].gp[figure]
      row[#row + 1] = ("%.4f +- %.4f"):format (value.mean, value.sd)
    end
    rows[#rows + 1] = row
  end
end
paper.table (rows)
