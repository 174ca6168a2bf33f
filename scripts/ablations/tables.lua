-- What ablations are searched on: NAS-Bench-201 (CIFAR-10, 12 epochs observed) or all of
-- NAS-Bench-101 (one run observed).
local nv = require "nasvec"

local options = {
  nasbench201 = { file = "nasbench201.csv.gz", dataset = "cifar10", epochs = 12 },
  nasbench101 = { file = "nasbench101_full.csv.gz", dataset = "cifar10-full", epochs = 108 },
}

-- The benchmark of a space, and how many cells bo and gradient ask for in a round: on the large
-- pool five, as in table2.lua.
return function (space)
  local choice = options[space]
  if not choice then
    error ("space=" .. space .. ": allowed are nasbench201 and nasbench101", 0)
  end
  choice.kind = "table"
  return nv.space (space):benchmark (choice), space == "nasbench101" and 5 or 1
end
