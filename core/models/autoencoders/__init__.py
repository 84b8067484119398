"""Models with a code: linear ones (PCA and its kin), deep autoencoders, variational autoencoders."""
