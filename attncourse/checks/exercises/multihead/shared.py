"""What the exercises on multihead share."""

from einops import rearrange

SPLITS = {
    "heads": "... T (H d) -> ... H T d",
    "interleaved": "... T (d H) -> ... H T d",
    "left in place": "... T (H d) -> ... T H d",
    "first": "... T (H d) -> H ... T d",
    "last": "... T (H d) -> ... T d H",
    "head transposed": "... T (H d) -> ... H d T",
    "folded": "B ... T (H d) -> (B H) ... T d",
}


def split_with(x, n_heads, *, cut="heads", count="heads", batch="any"):
    if batch == "one":
        _, _, _ = x.shape
    T, width = x.shape[-2:]
    H = {"heads": n_heads, "width": width // n_heads}.get(count, count)
    if cut == "view":
        return x.reshape(*x.shape[:-2], H, T, width // H)
    if cut == "tokens":
        return x.reshape(*x.shape[:-2], H, T // H, width)
    if cut == "first head":
        return x[..., : width // H]
    if cut == "repeated":
        return x.unsqueeze(-3).expand(*x.shape[:-2], H, T, width)
    if cut == "last first":
        return split_with(x, H).flip(-3)
    return rearrange(x, SPLITS[cut], H=H)


MERGES = {
    "heads": "... H T d -> ... T (H d)",
    "interleaved": "... H T d -> ... T (d H)",
    "tokens": "... H T d -> ... (H T) d",
    "tokens in turn": "... H T d -> ... (T H) d",
    "transposed": "... H T d -> ... (H d) T",
    "not joined": "... H T d -> ... T H d",
    "width first": "... H T d -> ... d (H T)",
}


def merge_with(x, *, join="heads", batch="any", order="forward"):
    if batch == "one":
        _, _, _, _ = x.shape
    H, T, d_head = x.shape[-3:]
    if order == "backward":
        x = x.flip(-3)
    if join == "view":
        return x.reshape(*x.shape[:-3], T, H * d_head)
    if join == "features first":
        return x.mT.reshape(*x.shape[:-3], T, H * d_head)
    if join == "mean":
        return x.mean(-3)
    if join == "sum":
        return x.sum(-3)
    if join == "first head":
        return x[..., 0, :, :]
    return rearrange(x, MERGES[join])
