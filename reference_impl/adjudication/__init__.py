"""Electronic adjudication: claims decided after the service, with reasons and objections."""
