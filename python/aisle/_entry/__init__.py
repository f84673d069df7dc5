"""Names of objects and samples, in every form that the package accepts."""
