// Small networks of every kind, as the tests differentiate them.
#pragma once
#include "check.h"

namespace nnc::test {

// fn over whole tensors, NumPy broadcasting.
ir::NodeId Call(ir::Builder& builder, ir::ScalarFn fn, std::vector<ir::NodeId> arguments);
ir::NodeId Literal(ir::Builder& builder, double value);
// sum over the last axis, that axis dropped; and with the axis kept at extent 1.
ir::NodeId SumLast(ir::Builder& builder, ir::NodeId x, ir::Monoid monoid = ir::Monoid::Sum);
ir::NodeId KeepLast(ir::Builder& builder, ir::NodeId x);
// x[n, i] W[i, o] + b[o]
ir::NodeId Dense(ir::Builder& builder, ir::NodeId x, ir::NodeId W, ir::NodeId b);
ir::NodeId Softmax(ir::Builder& builder, ir::NodeId x);  // over the last axis, the maximum under `stop`
// x[n, c, h, w] * K[o, c, p, q], by relations stride * i + dilation * p == u + pad.
ir::NodeId Convolution(ir::Builder& builder, ir::NodeId x, ir::NodeId K, int stride, int dilation, int pad);
// monoid over p, q of x[n, c, stride * i + p, stride * j + q]
ir::NodeId Pool(ir::Builder& builder, ir::Monoid monoid, ir::NodeId x, int size, int stride);
ir::NodeId Attention(ir::Builder& builder, ir::NodeId x, ir::NodeId Q, ir::NodeId K, ir::NodeId V);

std::vector<Case> Networks();

}  // namespace nnc::test
