-- Figure 4 of the paper: the embedding in two dimensions, and how much of it is blank. With
-- out=FOLDER also the pictures. "Inside": within the cells' convex hull.
local paper = require "paper"

local p = paper.params ({ space = "nasbench101", labels = { 250 }, seed = 1, preset = "default",
                          out = "" }, paper.embedding_help,
                        { space = "nasbench201", labels = { 30 } })
local list = paper.embeddings (p, { "coverage" })

local rows = { { "encoder", "variance shown, %", "dimensions", "cells a bin", "empty, %", "inside",
                 "of a normal cloud" } }
for _, e in ipairs (list) do
  local c = e.measured.coverage
  for _, g in ipairs (c.grids) do
    rows[#rows + 1] = { e.name, paper.percent (c.explained), ("%.1f"):format (c.dimensions),
                        ("%.0f"):format (g.density), paper.percent (g.empty),
                        paper.percent (g.holes), paper.percent (g.normal) }
  end
end
paper.table (rows)

rows = { { "encoder", "points", "valid, %", "distinct of the valid, %", "moved, bins" } }
for _, e in ipairs (list) do
  for _, place in ipairs { "occupied", "holes", "outside", "box" } do
    local d = e.measured.coverage.decoded[place]
    if d.points > 0 then
      rows[#rows + 1] = { e.name, place, paper.percent (d.valid), paper.percent (d.distinct),
                          d.moved == d.moved and ("%.1f"):format (d.moved) or "-" }
    end
  end
end
paper.table (rows)
paper.pictures (p)
