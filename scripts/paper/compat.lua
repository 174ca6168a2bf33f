-- The choices of the code that was released with the paper (Yan et al. 2020), as ordinary options
-- for nv.encoder and nv.searcher. Plain bugs of it are not repeated (its supervised searches
-- amount to random search; bought cells are bought again).
--
--   local compat = require "compat"
--   nv.encoder ("vgae", compat.encoder.vgae), nv.searcher ("bo", compat.searcher.bo)
--
-- compat.supervised: the options of the searchers under the encoder `supervised`, where they are
-- others. All this is of NAS-Bench-201; compat.spaces has the same for each space of the paper.
--
-- n: nodes of a cell. best: more than any cell scores. skip: unseen cells that rl passes over.
local function choices (n, best, baseline, batch, skip)
  -- The scores as they are, the variance in place of sigma, and more than any cell scores in
  -- place of the best so far.
  local function bo (layers)
    return { surrogate = "dngo", acquisition = "ei", target = "score", sigma = "variance",
             incumbent = best, initial = 16, batch = batch, layers = layers }
  end
  return {
    encoder = {
      -- The decoder knows neither a node's place nor the edges before one. Mean losses over all
      -- n x K types and n x n edges, the edges from the product of two codes. One order of the
      -- batches for all epochs; after the first epoch noise and dropout are off and the batch
      -- statistics frozen; the divergence is divided by batch and nodes twice.
      vgae = { types = "sigmoid", edges = "product", places = false, autoregressive = false,
               edge_weight = 1 / n, dropout = 0.3, kl_weight = 1 / (32 * n), kl_warmup = 0,
               lr = 1e-3, decay = false, padding = "zero", pooling = "mean", reshuffle = false,
               freeze_after = 1 },
      -- It sees the successors of a node only, where vgae sees both.
      supervised = { adjacency = "forward", pooling = "mean" },
      onehot = { pooling = "concat" },
    },
    searcher = {
      bo = bo (1),
      -- One policy from the last cell to the mean of N(mean, I), whatever the embedding's spread;
      -- scores less a constant; the nearest unseen cell may be passed over.
      rl = { initial = 1, noise = 1.0, unit = "absolute", target = "score", baseline = baseline,
             gamma = 0.0, relative = false, state = "last", credit = "point", skip = skip },
      evolution = { population = 100, sample = 10 },
    },
    -- The tanh of the embedding is the basis of the regression.
    supervised = { bo = bo (0) },
  }
end

local compat = choices (8, 1.0, 0.4, 1, 1)
compat.spaces = {
  nasbench201 = compat,
  nasbench101 = choices (7, 0.95, 0.95, 5, 0),
  darts = choices (11, 0.95, 0.95, 5, 0),
}
compat.spaces.nasbench101.encoder.vgae.epochs = 8
return compat
