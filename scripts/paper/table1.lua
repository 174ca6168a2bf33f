-- Table 1 of the paper: what pre-training makes of three spaces. Reconstruction is of the last
-- tenth of the cells, which was held out; validity and uniqueness are of `draws` codes from a
-- normal distribution with the moments of the training cells' codes.
--
-- Rows: `compat`, the choices of the released code; `no-kl`, the same without the divergence; the
-- defaults; and `independent`, the defaults with every edge decoded by itself. The paper's figures
-- stand above them. Its GAE and VGAE have another encoder (Kipf & Welling 2016) and are not
-- repeated.
local nv = require "nasvec"
local paper = require "paper"

local p = paper.params ({
  seed = 0, draws = 10000, cells = 600000, epochs = 0,
  spaces = { "nasbench101", "nasbench201", "darts" },
  variants = { "compat", "no-kl", "default", "independent" },
}, {
  spaces = "one table each", variants = "compat, no-kl, default, independent",
  cells = "of DARTS, whose networks on ImageNet have under 600 million multiply-adds",
  epochs = "of all variants; 0: as each says",
}, { draws = 200, cells = 300 })

local published = {
  nasbench101 = { { "GAE", 98.75, 29.88, 99.25 }, { "VGAE", 97.45, 41.18, 99.34 },
                  { "arch2vec, no KL", 100, 30.31, 99.20 }, { "arch2vec", 100, 44.97, 99.69 } },
  nasbench201 = { { "GAE", 99.52, 79.28, 78.42 }, { "VGAE", 98.32, 79.30, 88.42 },
                  { "arch2vec, no KL", 100, 77.09, 96.57 }, { "arch2vec", 100, 79.41, 98.72 } },
  darts = { { "GAE", 97.80, 15.25, 99.65 }, { "VGAE", 96.80, 25.25, 99.27 },
            { "arch2vec, no KL", 99.46, 16.01, 99.51 }, { "arch2vec", 99.79, 33.36, 100 } },
}

-- The variants' presets, and what each changes in any case.
local variants = {
  compat = { "compat", {} }, ["no-kl"] = { "compat", { variational = false } },
  default = { "default", {} },
  independent = { "default", { autoregressive = false } },
}

local function cells_of (name)
  if name ~= "darts" then
    return nv.space (name, name == "nasbench101" and p.quick and { vertices = 5 } or {}):cells ()
  end
  return nv.space (name, { max_madds = 600, network = "imagenet" }):sample (p.cells, p.seed)
end

local function share (count, of)
  return of > 0 and paper.percent (count / of) or "-"
end

-- Distinct cells in so many draws, as a share, of a uniform sampler of n.
local function uniform (n, draws)
  return n * (1 - (1 - 1 / n) ^ draws) / draws
end

for _, name in ipairs (p.spaces) do
  local cells = cells_of (name)
  local rows = { { name, "whole", "isomorphic", "whole, real nodes", "nodes", "edges",
                   "nodes and edges, padded", "valid, strict", "pruned first", "paper's rule",
                   "unique, strict", "pruned", "paper's rule" } }
  for _, r in ipairs (published[name] or {}) do
    rows[#rows + 1] = { r[1] .. " (published)", "-", "-", "-", "-", "-", r[2], "-", "-", r[3],
                        "-", "-", r[4] }
  end
  for _, variant in ipairs (p.variants) do
    local v = variants[variant]
              or error ("variants=" .. variant .. ": allowed are compat, no-kl, default and "
                     .. "independent", 0)
    local more = { epochs = p.epochs > 0 and p.epochs or nil }
    for key, value in pairs (v[2]) do
      more[key] = value
    end
    local m = paper.encoder ({ preset = v[1], quick = p.quick }, name, "vgae", more)
                :fit (cells, { seed = p.seed }):measure { draws = p.draws, seed = p.seed }
    rows[#rows + 1] = {
      variant, paper.percent (m.cell), paper.percent (m.isomorphic), paper.percent (m.cell_real),
      paper.percent (m.node), paper.percent (m.edge),
      paper.percent ((m.node_padded + m.edge_padded) / 2), share (m.valid, m.draws),
      name == "darts" and "-" or share (m.valid_pruned, m.draws), share (m.valid_paper, m.draws),
      share (m.distinct, m.valid), share (m.distinct_pruned, m.valid_pruned),
      share (m.distinct_paper, m.valid_paper),
    }
  end
  if name ~= "darts" then
    rows[#rows + 1] = { "a uniform sampler", "-", "-", "-", "-", "-", "-", "100", "100", "100",
                        paper.percent (uniform (#cells, p.draws)), "-", "-" }
  end
  paper.table (rows)
end
