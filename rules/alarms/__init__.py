"""What people deal with: problems and their life cycle, holds, suppression, the alarm rate. Pure."""
