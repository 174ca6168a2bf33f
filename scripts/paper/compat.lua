-- The choices of the code that was released with the paper (Yan et al. 2020), as ordinary options
-- for nv.encoder and nv.searcher. Plain bugs of it are not repeated (its supervised searches
-- amount to random search; bought cells are bought again).
--
--   local compat = require "compat"
--   nv.encoder ("vgae", compat.encoder.vgae), nv.searcher ("bo", compat.searcher.bo)
--
-- compat.supervised: the options of the searchers under the encoder `supervised`, where they are
-- others.
return {
  encoder = {
    -- Mean losses over all n x K types and n x n edges (n = 8 here), the edges from the product
    -- of two codes. One order of the batches for all epochs; after the first epoch noise and
    -- dropout are off and the batch statistics frozen; the divergence is divided by batch and
    -- nodes twice.
    vgae = { types = "sigmoid", edges = "product", edge_weight = 1 / 8, dropout = 0.3,
             kl_weight = 1 / 256, kl_warmup = 0, lr = 1e-3, padding = "zero", pooling = "mean",
             reshuffle = false, freeze_after = 1 },
    -- It sees the successors of a node only, where vgae sees both.
    supervised = { adjacency = "forward", pooling = "mean" },
  },
  searcher = {
    -- The scores as they are, the variance in place of sigma, and more than any cell scores in
    -- place of the best so far.
    bo = { surrogate = "dngo", acquisition = "ei", target = "score", sigma = "variance",
           incumbent = 1.0, initial = 16, batch = 1 },
    -- One policy from the last cell to the mean of N(mean, I), whatever the embedding's spread;
    -- scores less a constant; the nearest unseen cell is passed over.
    rl = { initial = 1, noise = 1.0, unit = "absolute", target = "score", baseline = 0.4,
           gamma = 0.0, relative = false, state = "last", skip = 1 },
    evolution = { population = 100, sample = 10 },
  },
  supervised = {
    -- The tanh of the embedding is the basis of the regression.
    bo = { surrogate = "dngo", acquisition = "ei", target = "score", sigma = "variance",
           incumbent = 1.0, initial = 16, batch = 1, layers = 0 },
  },
}
