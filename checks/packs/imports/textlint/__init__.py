"""textlint's rules with textlint's own conditions, for who brings a `.textlintrc` along. The packs that
ship ask
less: they leave alone what is more often right than wrong."""
