"""ONNX models of other programs: an image encoder and a mask decoder in two files.

Which program's, the set of the decoder's inputs tells; ``contract.CONTRACTS`` lists them.
"""
