-- Figure 3 of the paper: are cells that few edits part near in the embedding? Edits against
-- distance along random walks, and with out=FOLDER the distances of random pairs by their edits.
local paper = require "paper"

local p = paper.params ({ space = "nasbench101", labels = { 250 }, seed = 1, preset = "default",
                          out = "" }, paper.embedding_help,
                        { space = "nasbench201", labels = { 30 } })
local rows = { { "encoder", "Spearman", "95 %", "neighbours among the nearest, %", "by chance" } }
for _, e in ipairs (paper.embeddings (p, { "smoothness" })) do
  local s = e.measured.smoothness
  rows[#rows + 1] = { e.name, ("%.3f"):format (s.spearman), ("%.3f to %.3f"):format (s.low, s.high),
                      paper.percent (s.neighbours), paper.percent (s.chance) }
end
paper.table (rows)
paper.pictures (p)
