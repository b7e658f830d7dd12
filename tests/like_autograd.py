"""Programs written for HIPS autograd, on graphgrad: import np, grad and the others from here."""

from functools import wraps
from types import ModuleType

import graphgrad as gg
import numpy
from graphgrad.tree import flatten as leaves_of


class _NumPy:
    """NumPy, or a module of it, whose functions also take nested lists that hold nodes."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        found = getattr(self._module, name)
        if isinstance(found, ModuleType):
            return _NumPy(found)
        if isinstance(found, type | numpy.ufunc) or not callable(found):
            return found
        return wraps(found)(lambda *args, **settings: found(*map(_joined, args), **settings))

    def array(self, items, *args, **settings):
        joined = _joined(items)
        return joined if isinstance(joined, gg.Node) else numpy.array(joined, *args, **settings)

    def full(self, shape, value, **settings):
        return numpy.broadcast_to(value, shape) if isinstance(value, gg.Node) else numpy.full(shape, value, **settings)


def _joined(items):
    """Nested lists that hold nodes as one node, or as a list if shapes differ; anything else as it is."""
    if not isinstance(items, list | tuple) or not any(isinstance(leaf, gg.Node) for leaf in leaves_of(items)[0]):
        return items
    parts = [_joined(item) for item in items]
    return gg.Stack(parts) if len({numpy.shape(part) for part in parts}) == 1 else parts


np = _NumPy(numpy)


def _positions(argnum):
    return tuple(argnum) if isinstance(argnum, list) else argnum


def grad(fun, argnum=0):
    return gg.grad_of(fun, _positions(argnum))


def value_and_grad(fun, argnum=0):
    return gg.value_and_grad_of(fun, _positions(argnum))


def elementwise_grad(fun, argnum=0):
    return gg.grad_of(lambda *args, **settings: numpy.sum(fun(*args, **settings)), _positions(argnum))


def deriv(fun, argnum=0):
    return lambda *args: gg.jvp_of(fun, argnum)(*args, tangent=numpy.ones(numpy.shape(args[argnum])))


def jacobian(fun, argnum=0):
    return gg.jacobian_of(fun, _positions(argnum))


def hessian(fun, argnum=0):
    return jacobian(jacobian(fun, argnum), argnum)


def make_vjp(fun, argnum=0):
    return lambda *args: (lambda cotangent: gg.vjp_of(fun, argnum)(*args, cotangent=cotangent), fun(*args))


def make_jvp(fun, argnum=0):
    return lambda *args: lambda tangent: (fun(*args), gg.jvp_of(fun, argnum)(*args, tangent=tangent))


def make_hvp(fun, argnum=0):
    return make_vjp(grad(fun, argnum), argnum)


def hessian_vector_product(fun, argnum=0):
    return lambda *args: gg.hvp_of(fun, argnum)(*args[:-1], vector=args[-1])


hessian_tensor_product = hessian_vector_product


def flatten(value):
    """All numbers of nested arrays in one array, and a function that nests such an array."""
    leaves, rebuild = leaves_of(value)
    cuts = numpy.cumsum([0, *map(numpy.size, leaves)])
    places = list(zip(cuts[:-1], cuts[1:], map(numpy.shape, leaves), strict=True))
    vector = numpy.concatenate([numpy.zeros(0), *(numpy.reshape(leaf, -1) for leaf in leaves)])
    return vector, lambda v: rebuild([numpy.reshape(v[start:end], shape) for start, end, shape in places])
