-- Figure 5 of the paper: cells decoded on a straight line between two codes of vgae. With
-- out=FOLDER also the cells on the way from the first to the last best cell of a random search.
local paper = require "paper"

local p = paper.params ({ space = "nasbench101", labels = { 250 }, seed = 1, preset = "default",
                          encoders = { "vgae" }, out = "" }, paper.embedding_help,
                        { space = "nasbench201", labels = { 30 } })
local rows = { { "encoder", "valid, %", "distinct of 11", "largest jump, edits",
                 "edits between the ends" } }
for _, e in ipairs (paper.embeddings (p, { "interpolation" })) do
  local i = e.measured.interpolation
  rows[#rows + 1] = { e.name, paper.percent (i.valid), ("%.2f"):format (i.distinct),
                      ("%.2f"):format (i.jump), ("%.2f"):format (i.edits) }
end
paper.table (rows)
paper.pictures (p)
