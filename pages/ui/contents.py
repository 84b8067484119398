"""The pages that there are: file, title, icon, and what there is to see."""

PAGES = (
    (
        "gibbs",
        "Gibbs chains",
        ":material/grain:",
        "Hidden and visible layers take turns, and images appear. Start from noise, a test image or your own drawing; "
        "hold part of an image and let the machine fill in the rest; heat it, cool it, switch hidden units off; see "
        "why contrastive divergence, persistent chains and parallel tempering differ.",
    ),
    (
        "autoencoder",
        "Autoencoder",
        ":material/compress:",
        "An extension of PCA: the same images through the same number of numbers. A deep net that begins as a stack of "
        "Boltzmann machines, the same net from random weights, with modern units, and as it was done before; what each "
        "layer keeps.",
    ),
    (
        "codes",
        "Codes",
        ":material/scatter_plot:",
        "Maps of what a model makes of its data, beside PCA, UMAP and t-SNE, linked point by point; let the decoder "
        "draw what lies between; watch the map form during training.",
    ),
    (
        "latent",
        "Latent space",
        ":material/explore:",
        "What a variational autoencoder knows, as a plane to drag through: the image follows the pointer. Go from one "
        "image to another along five ways at once, move each unit by itself, turn up beta until the posterior "
        "collapses, see what the gradient passes through, and look for the training image behind each sample.",
    ),
    (
        "pixels",
        "Pixel by pixel",
        ":material/brush:",
        "An image is painted one pixel after the other, each drawn from what the model expects after those before it. "
        "Change a pixel and let the future branch; keep half of an image and have the rest filled in many times; see "
        "which pixels surprise the model, what the order does, and how far a prediction looks.",
    ),
    (
        "tokens",
        "Next token",
        ":material/edit_note:",
        "A text is written one token after the other. Force another token and watch the future branch; see which "
        "characters surprise which model, where a Transformer looks, what a recurrent unit follows, and how far back "
        "each model really reads.",
    ),
    (
        "train",
        "Train",
        ":material/model_training:",
        "Choose data, model and settings, and watch it learn; compare runs; go on from any of them.",
    ),
    ("data", "Your data", ":material/upload_file:", "Bring images, vectors, word counts or a text, and train on them."),
)
