"""The method that makes the weight bundles: phantoms, pre-training, fine-tuning, stacking, evaluation."""
