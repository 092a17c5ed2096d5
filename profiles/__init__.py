"""Storage requirements of standards and labels as data, in the site file's own form, each with its source."""
