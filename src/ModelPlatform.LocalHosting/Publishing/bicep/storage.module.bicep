@description('The location for the resource(s) to be deployed.')
param location string = resourceGroup().location

resource STORAGE 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: take('STORAGE${uniqueString(resourceGroup().id)}', 24)
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_GRS'
  }
  properties: {
    accessTier: 'Hot'
    // Only token credentials: no key of the account is worth stealing.
    allowSharedKeyAccess: false
    isHnsEnabled: false
    minimumTlsVersion: 'TLS1_2'
    networkAcls: {
      defaultAction: 'Allow'
    }
  }
  tags: {
    'aspire-resource-name': 'STORAGE'
  }
}

output blobEndpoint string = STORAGE.properties.primaryEndpoints.blob

output dataLakeEndpoint string = STORAGE.properties.primaryEndpoints.dfs

output queueEndpoint string = STORAGE.properties.primaryEndpoints.queue

output tableEndpoint string = STORAGE.properties.primaryEndpoints.table

output name string = STORAGE.name

output id string = STORAGE.id
