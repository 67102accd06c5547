"""UnitRefine: probabilities from classifiers, checked inputs, training, and labels by hand."""
