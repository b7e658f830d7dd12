"""Decompositions of matrices, or of stacks of them: eigenvalues, singular values and their vectors; QR.

A vector that belongs to one value alone turns when the matrix changes, the faster the closer the next value is. Where
two values coincide, any turned pair of vectors serves as well, and there is no derivative.
"""

from __future__ import annotations

from math import inf
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphgrad.composition import composition
from graphgrad.expression import Notation
from graphgrad.op import Op
from graphgrad.ops.elementwise import Elementwise
from graphgrad.ops.linear import transposed


class Reliable(Elementwise):
    """x, a divisor; but 0 where it is no more than the rounding errors of numbers as large as `size`.

    So what has no derivative is infinite, and not some large number. Where `used` is 0, nothing is asked, and x stays.
    It is written as x, so that a formula shows the general case.
    """

    is_public = False
    written = Notation("", "", "same")
    detached = (1, 2)

    def forward(self, xp, x, size, used):
        return xp.where(xp.logical_and(xp.abs(x) <= 4 * xp.spacing(size), used), 0, x)

    def local(self, xp, out, x, size, used):
        return 1, None, None


class Outside(Op):
    """What of each column of x lies outside the space of the columns of U; 0 where that is all there is.

    The columns of U are independent.
    """

    is_public = False

    def forward(self, xp, x, vectors):
        n, count = xp.shape(vectors)[-2:]
        return x - vectors @ in_terms_of(xp, vectors, x) if count < n else xp.zeros_like(x)

    def vjp(self, xp, upstream, out, x, vectors):
        def to_vectors():
            flow = xp.outside(upstream, vectors) @ transposed(xp, in_terms_of(xp, vectors, x))
            return -(flow + out @ transposed(xp, in_terms_of(xp, vectors, upstream)))

        return lambda: xp.outside(upstream, vectors), to_vectors


def in_terms_of(xp, vectors, x):
    """How much of each vector there is in each column of x."""
    across = transposed(xp, vectors)
    return xp.solve(across @ vectors, across @ x)


def along_rows(xp, values):
    """The values as one row, so that each counts for a column."""
    return xp.expand_dims(values, axis=-2)


def along_columns(xp, values):
    """The values as one column, so that each counts for a row."""
    return xp.expand_dims(values, axis=-1)


def turning(xp, upstream, vectors, gaps, sizes):
    """By how much each two vectors are to turn into each other: what upstream asks of them, divided by their gap."""
    asked = transposed(xp, vectors) @ upstream
    used = how_much(xp, upstream)
    gaps = xp.reliable(gaps, sizes, along_rows(xp, used) + along_columns(xp, used))
    everywhere = xp.ones_like(gaps)
    of_two = xp.triu(everywhere, k=1) + xp.tril(everywhere, k=-1)  # no vector turns into itself
    return (asked - transposed(xp, asked)) / xp.guard(gaps, of_two, 0.0, stand_in=inf)


def how_much(xp, upstream):
    """How much flows to each column, regardless of the signs."""
    return xp.sum(xp.abs(upstream), axis=-2)


def to_triangle(xp, flow, uplo):
    """What flows to the triangle that is read: that of the other one, its mirror image, is added."""
    if uplo in ("U", "u"):
        return xp.triu(flow) + xp.triu(flow, k=1)
    return xp.tril(flow) + xp.tril(flow, k=-1)


class EigenValues(Op):
    """The eigenvalues of a symmetric matrix, or of each, in increasing order. Their derivative is dλᵢ = vᵢᵀ dx vᵢ.

    Settings: `UPLO`, "L" (the default) or "U": which triangle of x is read.
    Shapes: (…, n, n) → (…, n).
    Domain: all symmetric matrices.
    Corners: the other triangle of x is not read, so the gradient is 0 there. Where eigenvalues coincide, each has the
        derivative that belongs to one choice of eigenvectors; their sum, and all else that treats them alike, has the
        right one. There second derivatives are NaN or infinite.
    Raises: LinAlgError, a ValueError, where a matrix is not square; ValueError for another `UPLO`.

    >>> x = gg.Parameter([[2.0, 0.0], [1.0, 2.0]])
    >>> values = np.linalg.eigvalsh(x)
    >>> values[1].backward()
    >>> values.value.round(4), x.grad.round(4)
    (array([1., 3.]), array([[0.5, 0. ], [1. , 0.5]]))
    """

    is_public = False
    function = "eigvalsh"
    aliases = ("linalg.eigvalsh",)
    cure: ClassVar[str] = "x needs two last axes of the same length, and UPLO= is 'L' or 'U'"

    def __init__(self, x: Any, *, UPLO: str = "L", name: str | None = None) -> None:
        self.UPLO = UPLO
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.linalg.eigvalsh(x, UPLO=self.UPLO)

    def vjp(self, xp, upstream, out, x):
        def to_x():
            vectors = xp.eigenvectors(x, UPLO=self.UPLO)
            flow = (vectors * along_rows(xp, upstream)) @ transposed(xp, vectors)
            return to_triangle(xp, flow, self.UPLO)

        return (to_x,)


class EigenVectors(Op):
    """The eigenvectors of a symmetric matrix, as columns, in the order of EigenValues."""

    is_public = False
    cure: ClassVar[str] = EigenValues.cure

    def __init__(self, x: Any, *, UPLO: str = "L", name: str | None = None) -> None:
        self.UPLO = UPLO
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.linalg.eigh(x, UPLO=self.UPLO)[1]

    def vjp(self, xp, upstream, out, x):
        def to_x():
            values = xp.eigvalsh(x, UPLO=self.UPLO)
            gaps = along_rows(xp, values) - along_columns(xp, values)
            sizes = along_rows(xp, xp.sum(xp.abs(values), axis=-1, keepdims=True))
            flow = out @ (turning(xp, upstream, out, gaps, sizes) / 2) @ transposed(xp, out)
            return to_triangle(xp, flow, self.UPLO)

        return (to_x,)


class EighResult(NamedTuple):
    """What NumPy calls the eigenvalues and the eigenvectors."""

    eigenvalues: Any
    eigenvectors: Any


@composition("linalg.eigh", is_public=False)
def EigenDecomposition(xp, x, /, UPLO="L"):
    """The eigenvalues of a symmetric matrix, or of each, in increasing order, and the eigenvectors, as columns.

    The derivative is that of Giles 2008, "Collected matrix derivative results for forward and reverse mode algorithmic
    differentiation".

    Settings: `UPLO`, "L" (the default) or "U": which triangle of x is read.
    Shapes: (…, n, n) → (…, n) and (…, n, n).
    Domain: symmetric matrices; for the derivative of eigenvectors those in which no two eigenvalues coincide.
    Corners: the other triangle of x is not read, so the gradient is 0 there. An eigenvector may as well point the
        other way; the derivative is that of the one that NumPy gives. The closer its eigenvalue is to another, the
        fewer digits are right. Where the two agree, up to rounding errors, the eigenvector has no derivative, and the
        gradient is NaN or infinite; where they agree to the last bit, so is that of all eigenvectors of the matrix.
        Eigenvalues coincide without harm to themselves, see eigvalsh.
    Raises: LinAlgError, a ValueError, where a matrix is not square; ValueError for another `UPLO`.

    >>> x = gg.Parameter([[2.0, 0.0], [0.0, 1.0]])
    >>> values, vectors = np.linalg.eigh(x)
    >>> gg.Sum(vectors[0] * [1.0, 0.0]).backward()  # the first component of the first vector
    >>> values.value, x.grad
    (array([1., 2.]), array([[ 0.,  0.], [-1.,  0.]]))
    """
    return EighResult(xp.eigvalsh(x, UPLO=UPLO), xp.eigenvectors(x, UPLO=UPLO))


def decomposed(xp, x, **settings):
    """NumPy's singular values and vectors: as many as x has rows, or columns if those are fewer."""
    sorted(xp.shape(x)[-2:])  # which are fewer must be known, also to a compiler
    return xp.linalg.svd(x, full_matrices=False, **settings)


class SingularValues(Op):
    """The singular values of a matrix, or of each, in decreasing order. Their derivative is dsᵢ = uᵢᵀ dx vᵢ.

    Shapes: (…, n, m) → (…, the smaller of n and m).
    Domain: all matrices.
    Corners: at 0 a singular value has a kink, as |x| has, and gradient 0, the mean over all directions; a rounding
        error beside it, the gradient of one side. Where some coincide, each has the derivative that belongs to one
        choice of singular vectors; their sum, and all else that treats them alike, has the right one. There second
        derivatives are NaN or infinite, and so they are at 0 unless x is square.
    Raises: LinAlgError, a ValueError, where x has fewer than two axes, or NaN.

    >>> x = gg.Parameter([[0.0, 2.0], [1.0, 0.0]])
    >>> values = np.linalg.svdvals(x)
    >>> values[0].backward()
    >>> values.value, x.grad + 0.0
    (array([2., 1.]), array([[0., 1.], [0., 0.]]))
    """

    is_public = False
    function = "svdvals"
    aliases = ("linalg.svdvals",)
    cure: ClassVar[str] = "x needs two axes, and finite numbers"

    def forward(self, xp, x):
        return decomposed(xp, x, compute_uv=False)

    def vjp(self, xp, upstream, out, x):
        def to_x():
            slopes = upstream * xp.sign(out)
            return (xp.left_vectors(x) * along_rows(xp, slopes)) @ xp.right_vectors(x)

        return (to_x,)


class LeftVectors(Op):
    """The left singular vectors of a matrix, as columns, in the order of SingularValues."""

    is_public = False
    function = "left_vectors"
    written = Notation("left_vectors(<open>)", r"\operatorname{left\_vectors}(<open>)")
    cure: ClassVar[str] = SingularValues.cure

    def forward(self, xp, x):
        return decomposed(xp, x)[0]

    def vjp(self, xp, upstream, out, x):
        return (lambda: to_matrix(xp, upstream, out, x),)


class RightVectors(Op):
    """The right singular vectors of a matrix, as rows, in the order of SingularValues."""

    is_public = False
    function = "right_vectors"
    written = Notation("right_vectors(<open>)", r"\operatorname{right\_vectors}(<open>)")
    cure: ClassVar[str] = SingularValues.cure

    def forward(self, xp, x):
        return decomposed(xp, x)[2]

    def vjp(self, xp, upstream, out, x):
        def to_x():  # they are the left ones of the transpose
            return transposed(xp, to_matrix(xp, *(transposed(xp, each) for each in (upstream, out, x))))

        return (to_x,)


def to_matrix(xp, upstream, left, x):
    """What flows to x from its left singular vectors: they are the eigenvectors of x xᵀ, and s² its eigenvalues.

    The right ones are not asked for, as those may have no derivative where the left ones have one.
    """
    along = transposed(xp, left) @ x  # the right ones times s
    squares = xp.sum(along * along, axis=-1)
    values = xp.sqrt(squares)
    total = xp.sum(values, axis=-1, keepdims=True)
    gaps = along_rows(xp, squares) - along_columns(xp, squares)
    sizes = (along_rows(xp, values) + along_columns(xp, values)) * along_rows(xp, total)
    inside = left @ turning(xp, upstream, left, gaps, sizes)
    outside = xp.outside(upstream, left)
    divisors = along_rows(xp, xp.reliable(squares, values * total, how_much(xp, upstream)))
    room = xp.count(left, axis=(x.ndim - 2,)) - xp.count(left, axis=(x.ndim - 1,))
    return (inside + outside / xp.guard(divisors, divisors, room, stand_in=inf)) @ along


class SVDResult(NamedTuple):
    """What NumPy calls the singular vectors and values."""

    U: Any
    S: Any
    Vh: Any


@composition("linalg.svd", is_public=False)
def SingularValueDecomposition(xp, x, /, full_matrices=True, compute_uv=True):
    """U, s and Vᵀ for which x = U diag(s) Vᵀ: the singular vectors and, in decreasing order, values; or those of each.

    The derivative is that of Townsend 2016, "Differentiating the Singular Value Decomposition".

    Settings: `full_matrices` must be False, but for a square matrix: vectors beyond those of x have no derivative. If
        `compute_uv` is False, the result is s alone.
    Shapes: (…, n, m) → (…, n, k), (…, k) and (…, k, m), where k is the smaller of n and m.
    Domain: all matrices; for the derivative of singular vectors those in which no two singular values coincide, and
        none is 0, or, if x is square, no two.
    Corners: a pair of singular vectors may as well point the other way; the derivative is that of the pair that NumPy
        gives. The closer a singular value is to another, or to 0, the fewer digits are right. Where there is no
        derivative, up to rounding errors, the gradient is NaN or infinite; where singular values agree to the last bit,
        or are 0 unless x is square, so is that of all singular vectors. Where one of a square x passes through 0, one
        of its two vectors turns round; the gradient is that of either side. Singular values coincide without harm to
        themselves, see svdvals.
    Raises: ValueError for full_matrices=True where a matrix is not square, and where x has fewer than two axes.

    >>> x = gg.Parameter([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    >>> U, s, Vh = np.linalg.svd(x, full_matrices=False)
    >>> best = s[0] * U[:, :1] @ Vh[:1]  # of rank 1, the closest to x
    >>> gg.Sum(best).backward()
    >>> best.value + 0.0, x.grad.round(4) + 0.0
    (array([[3., 0.], [0., 0.], [0., 0.]]), array([[1., 3.], [3., 0.], [1., 0.]]))
    """
    if not compute_uv:
        return xp.svdvals(x)
    if full_matrices and len({*xp.shape(x)[-2:]}) == 2:
        raise ValueError("vectors beyond those of x have no derivative; give full_matrices=False")
    return SVDResult(xp.left_vectors(x), xp.svdvals(x), xp.right_vectors(x))


class PInv(Op):
    """x⁺, the pseudo-inverse of a matrix, or of each: the x⁻¹ of a square one, if there is one.

    x⁺ b is the shortest of the y for which x y is closest to b. The derivative is that of Golub and Pereyra 1973, "The
    differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate".

    Settings: `rtol` or `rcond`: singular values below that share of the largest count as 0; 10⁻¹⁵ by default. With
        ``rtol=None`` it is the longer axis times the rounding error of 1.
    Shapes: (…, n, m) → (…, m, n).
    Domain: all matrices; for the derivative those whose rank stays the same while they change.
    Corners: zeros where x is 0. Where a change of x can raise its rank, x⁺ jumps: the gradient counts the changes that
        keep the rank. The closer to a lower rank, the fewer digits are right.
    Raises: LinAlgError, a ValueError, where x has fewer than two axes, or NaN.

    >>> x = gg.Parameter([[1.0], [1.0]])
    >>> inverse = np.linalg.pinv(x)  # the mean of two
    >>> gg.Sum(inverse).backward()
    >>> inverse.value.round(4), x.grad.round(4)
    (array([[0.5, 0.5]]), array([[-0.5], [-0.5]]))
    """

    is_public = False
    aliases = ("linalg.pinv",)
    cure: ClassVar[str] = "x needs two axes, and finite numbers"

    def __init__(self, x: Any, *, rcond: Any = None, rtol: Any = 1e-15, name: str | None = None) -> None:
        if rcond is not None and rtol != 1e-15:
            raise ValueError(f"pinv(x, rcond={rcond!r}, rtol={rtol!r}): both say what counts as 0; give one of them")
        self.rcond, self.rtol = rcond, rtol
        super().__init__(x, name=name)

    def forward(self, xp, x):
        return xp.linalg.pinv(x, rtol=self.rtol if self.rcond is None else self.rcond)

    def vjp(self, xp, upstream, out, x):
        def to_x():
            up, back = transposed(xp, upstream), transposed(xp, out)
            outside_columns = up - x @ (out @ up)
            outside_rows = up - (up @ out) @ x
            return outside_columns @ (out @ back) + (back @ out) @ outside_rows - back @ upstream @ back

        return (to_x,)


class Orthogonal(Op):
    """The Q of QR: columns of length 1, at right angles, that span the space of those of x."""

    is_public = False
    cure: ClassVar[str] = "x needs two axes, and at least as many rows as columns"

    def forward(self, xp, x):
        return xp.linalg.qr(as_tall(xp, x))[0]

    def vjp(self, xp, upstream, out, x):
        def to_x():
            mixed = mirrored_down(xp, transposed(xp, upstream) @ out)
            return divided(self, xp, upstream - out @ mixed, xp.upper_triangular(x))

        return (to_x,)


class UpperTriangular(Op):
    """The R of QR: how the columns of x are made of those of Q."""

    is_public = False
    function = "upper_triangular"
    written = Notation("upper_triangular(<open>)", r"\operatorname{upper\_triangular}(<open>)")
    cure: ClassVar[str] = Orthogonal.cure

    def forward(self, xp, x):
        return xp.linalg.qr(as_tall(xp, x), mode="r")

    def vjp(self, xp, upstream, out, x):
        def to_x():
            mixed = mirrored_down(xp, out @ transposed(xp, upstream))
            return divided(self, xp, xp.orthogonal(x) @ mixed, out)

        return (to_x,)


def as_tall(xp, x):
    """x, which must have at least as many rows as columns."""
    if xp.ndim(x) > 1 and xp.shape(x)[-2] < xp.shape(x)[-1]:
        raise ValueError("it has more columns than rows: take Q and R of the first columns, and Qᵀ @ x")
    return x


def mirrored_down(xp, x):
    """The lower triangle of x, and its mirror image above."""
    return xp.tril(x) + transposed(xp, xp.tril(x, k=-1))


def divided(op, xp, flow, root):
    """flow @ R⁻ᵀ, for the R of QR."""
    try:
        return transposed(xp, xp.solve(root, transposed(xp, flow)))
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(
            f"{op._call()}: its derivative divides by R, and R is singular; the columns must be independent"
        ) from None


class QRResult(NamedTuple):
    """What NumPy calls Q and R."""

    Q: Any
    R: Any


@composition("linalg.qr", is_public=False)
def QRDecomposition(xp, x, /, mode="reduced"):
    """Q, with columns of length 1 at right angles, and the upper triangular R, for which x = Q R; or those of each.

    The derivative is that of Walter and Lehmann 2010, "Algorithmic differentiation of linear algebra functions with
    application in optimum experimental design".

    Settings: `mode`: "reduced", the default, or "r" for R alone.
    Shapes: (…, n, m) → (…, n, m) and (…, m, m), where n ≥ m.
    Domain: matrices; for the derivative those with independent columns, as it divides by R.
    Corners: the signs of the rows of R are NumPy's. The closer the columns are to dependent ones, the fewer digits are
        right; where R is singular in floating point too, the way back is a LinAlgError.
    Raises: ValueError where a matrix has more columns than rows, and for another `mode`.

    >>> x = gg.Parameter([[3.0, 1.0], [4.0, 2.0]])
    >>> Q, R = np.linalg.qr(x)
    >>> R[0, 0].backward()  # −1 times the length of the first column
    >>> R.value.round(4), x.grad.round(4) + 0.0
    (array([[-5. , -2.2], [ 0. ,  0.4]]), array([[-0.6,  0. ], [-0.8,  0. ]]))
    """
    if mode == "r":
        return xp.upper_triangular(x)
    if mode != "reduced":
        raise ValueError(f"mode={mode!r} is not supported; it is 'reduced' or 'r'")
    return QRResult(xp.orthogonal(x), xp.upper_triangular(x))
