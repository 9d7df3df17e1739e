    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
