"""What the data sets of torch, Ray, WebDataset and Hugging Face share: order, plan, values."""
