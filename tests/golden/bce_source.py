import numpy as np


def bce(x, y, w, b):
    """The value and its gradients with respect to w, b."""
    # forward
    z = x @ w + b
    p_hat = 1 / (1 + np.exp(-z))
    ell_1 = -np.log(p_hat)
    t1 = 1 - y
    q = 1 - p_hat
    ell_0 = -np.log(q)
    loss = np.mean(y * ell_1 + t1 * ell_0)

    # backward: each d_… is ∂loss/∂…, the upstream gradient times the local one
    t2 = 1 / len(y)
    d_ell_0 = t2 * t1
    d_q = -d_ell_0 / q
    d_ell_1 = t2 * y
    d_p_hat = -d_ell_1 / p_hat - d_q
    d_z = d_p_hat * p_hat * q
    d_b = np.sum(d_z)  # all rows share b, so what flows to it is added
    d_w = d_z @ x

    return loss, d_w, d_b
