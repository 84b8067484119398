"""The numeric library of Representation Playground: data, models, training, evaluation. No user interface."""
