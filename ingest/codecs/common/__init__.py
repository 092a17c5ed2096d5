"""What several formats share: paths, units, times, names of quantities."""
