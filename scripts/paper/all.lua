-- Every table and figure of the paper, one after the other: days on a few cores. quick=true takes
-- seconds. Each script can be run alone, with more parameters.
local nv = require "nasvec"

local p, said = nv.params ({ out = "out", preset = "default", seeds = 100, quick = false }, {
  out = "folder with one folder for each", preset = "default or compat", seeds = "runs per arm",
  quick = "small networks and few runs: the figures mean nothing",
})

-- The scripts ask for their parameters as ever, and are given ours. Pictures are not quick.
local function answer (name)
  return function (defaults)
    local values = { out = not (p.quick and name:match ("figure")) and p.out .. "/" .. name or nil,
                     preset = p.preset, quick = p.quick,
                     seeds = (said.seeds or not p.quick) and p.seeds or nil }
    local given = {}
    for key in pairs (values) do
      given[key] = true
    end
    for key, default in pairs (defaults) do
      values[key] = values[key] == nil and default or values[key]
    end
    return values, given
  end
end

for _, name in ipairs { "table1", "figure2", "figure3", "figure4", "figure5", "table2", "table3",
                        "table4", "nasbenchgraph" } do
  print ("\n## " .. name .. "\n")
  package.loaded.nasvec = setmetatable ({ params = answer (name) }, { __index = nv })
  package.loaded.paper = nil
  dofile (assert (package.searchpath (name, package.path)))
end
